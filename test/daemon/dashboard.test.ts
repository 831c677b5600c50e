import type { Page } from "playwright-core";
import t from "tap";
import { formatAddress } from "../../src/core/address.ts";
import { startHttpEcho } from "../../src/embedded/http-echo.ts";
import { startMemcacheNode } from "../../src/embedded/memcache-node.ts";
import { openBrowser, openPage } from "../support/browser.ts";
import { freePort } from "../support/free-port.ts";
import { needs } from "../support/needs.ts";
import { until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";
import { startDaemon, startDaemonOn } from "./podmate.ts";

const names = ["cache-a", "cache-b", "cache-c"];

/** Words that do not stand on one line, as far as they are seen. Lines of the log may be long. */
function brokenWords(page: Page): Promise<string[]> {
  return page.evaluate(`(() => {
    const broken = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      if (!node.parentElement.checkVisibility() || node.parentElement.closest("#log-lines, .spoken")) continue;
      for (const { 0: word, index } of node.data.matchAll(/[^\\s\\-/·→]+/g)) {
        const range = document.createRange();
        range.setStart(node, index);
        range.setEnd(node, index + word.length);
        const tops = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
        if (tops.size > 1) broken.push(word);
      }
    }
    return broken;
  })()`);
}

/** Texts whose contrast to what is behind them is below 4.5 (WCAG 2.2, 1.4.3); buttons that are off may be paler. */
function paleTexts(page: Page): Promise<string[]> {
  return page.evaluate(`(() => {
    const luminance = (rgb) => {
      const [r, g, b] = rgb.map((value) => {
        const part = value / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const numbers = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
    const behind = (element) => {
      const colour = numbers(getComputedStyle(element).backgroundColor);
      return colour[3] === 0 && element.parentElement ? behind(element.parentElement) : colour.slice(0, 3);
    };
    const pale = [];
    for (const element of document.body.querySelectorAll("*")) {
      const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== "");
      if (!hasText || !element.checkVisibility() || element.closest("option, .spoken, :disabled")) continue;
      const [a, b] = [numbers(getComputedStyle(element).color).slice(0, 3), behind(element)].map(luminance);
      const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      if (contrast < 4.5) pale.push(element.textContent.trim().slice(0, 40) + " " + contrast.toFixed(2));
    }
    return pale;
  })()`);
}

t.test("the dashboard of a daemon, in a browser", async (t) => {
  if (!needs(t, "chromium")) return;
  const nodes = await Promise.all(names.map(() => startMemcacheNode()));
  t.teardown(() => Promise.all(nodes.map((node) => node.close())));
  const echo = await startHttpEcho({ name: "echo" });
  t.teardown(() => echo.close());
  const admin = `127.0.0.1:${await freePort()}`;
  const text = `admin: { listen: "${admin}" }
workers: 1
lifecycle: { mode: native, drain: 1s }
memcache:
  - { name: cache, listen: "127.0.0.1:0", pool: cache }
http:
  - { name: web, listen: "127.0.0.1:0", pool: echo, hash: [ { path: true } ] }
pools:
  cache:
    ring: { hash: md5 }
    timeout: 60s
    connect_timeout: 60s
    eject: { failures: 1, on_eject: rehash, backoff: 60s, max_backoff: 60s }
    servers:
${nodes.map(({ address }, i) => `      - { name: ${names[i]}, address: "${formatAddress(address)}" }`).join("\n")}
  echo:
    servers: [ { name: echo, address: "${formatAddress(echo.address)}" } ]
`;
  const daemon = await startDaemon(t, text);
  const browser = await openBrowser(t);
  const { page, complaints } = await openPage(t, browser, `http://${admin}/`);
  const cache = page.locator('[data-pool="cache"]');
  const row = (server: string) => page.locator(`tr[data-server="${server}"]`);
  const keysOf = (server: string) => row(server).locator('[data-label="Keys"]').textContent();
  const detail = (server: string) => page.locator(`tr[data-server="${server}"] + .detail`);
  const level = (level: string) => page.locator(`#verdict[data-level="${level}"]`).waitFor();
  const isShown = async (server: string, text: string) =>
    await row(server).locator(".state", { hasText: text }).waitFor();

  t.test("pools of both protocols appear, each with its servers and who has which keys", async (t) => {
    await page.locator('[data-pool="echo"] .shares span').first().waitFor();
    await cache.locator(".shares > span").first().waitFor();
    t.match(await cache.locator("h3").textContent(), /^cache memcache, \w+ md5$/);
    t.match(await page.locator('[data-pool="echo"] h3').textContent(), /^echo http, /);
    for (const name of [...names, "echo"]) await isShown(name, "ready");
    t.equal(await cache.locator(".shares > span").count(), names.length);
    await level("ok");
    t.match(await page.locator("#verdict").textContent(), /Healthy4 of 4 servers ready in 2 pools/);
    t.match(
      await page.locator("#vitals").textContent(),
      /Workers1 of 1Configurationversion 1, .*podmate\.yml/,
    );
    t.match(await page.locator('[data-listener="web"]').textContent(), /\/ → echo/);
    t.match(
      await page.locator("#charts figure svg").first().getAttribute("aria-label"),
      /^Requests over the last five minutes: now /,
    );
  });

  const client = await WireClient.connect(daemon.listener);
  t.teardown(() => client.close());
  const keys = Array.from({ length: 60 }, (_, i) => `key${i}`);
  const asked = keys.map((key) => `get ${key}\r\n`).join("");

  t.test("a key is found where the daemon has it", async (t) => {
    const { served_by } = JSON.parse((await daemon.get("/ring/cache?key=greeting")).text);
    await cache.locator('input[name="key"]').fill("greeting");
    await cache.getByRole("button", { name: "Find key" }).click();
    await cache.locator(".shares .chosen").waitFor();
    t.equal(await cache.locator(".shares .chosen").getAttribute("data-server"), served_by.server);
  });

  t.test("servers are sorted and filtered, and a link shows the same", async (t) => {
    const order = () =>
      cache
        .locator("tr[data-server]")
        .evaluateAll((rows) => rows.map((row) => row.getAttribute("data-server")));
    await cache.getByRole("button", { name: "Server", exact: true }).click();
    t.equal(await cache.locator('th[aria-sort="ascending"]').textContent(), "Server");
    t.same(await order(), names);
    await cache.getByRole("button", { name: "Server", exact: true }).click();
    await page.mouse.move(0, 0);
    t.same(await order(), names.toReversed());
    await page.keyboard.press("/");
    await page.keyboard.type("cache-c");
    await row("cache-a").waitFor({ state: "detached" });
    t.same(await order(), ["cache-c"]);
    t.notOk(await page.locator('[data-pool="echo"]').isVisible(), "a pool without a hit is out of the way");

    const copy = await openPage(t, browser, page.url());
    await copy.page.locator('tr[data-server="cache-c"]').waitFor();
    t.equal(await copy.page.locator("tr[data-server]:visible").count(), 1);

    await page.getByRole("searchbox").fill("");
    await page.getByLabel("Sort servers by").selectOption({ label: "Order of the configuration" });
    await row("cache-a").waitFor();
    t.same(await order(), names);
    await page.getByLabel("Trouble only").check();
    t.equal(await page.locator("tr[data-server]:visible").count(), 0, "all is well");
    await page.getByLabel("Trouble only").uncheck();
  });

  t.test("a server is drained by a click that is asked about, and that can be undone", async (t) => {
    page.once("dialog", (dialog) => void dialog.accept());
    await page.getByRole("button", { name: "Drain cache-a" }).click();
    await isShown("cache-a", "draining");
    await detail("cache-a")
      .getByText(/^drained by hand · for /)
      .waitFor();
    await until(async () => (await keysOf("cache-a")) === "0.0 %", "its keys are gone");
    t.match(JSON.parse((await daemon.get("/pools/cache/servers/cache-a")).text), { state: "draining" });
    await level("ok");
    await page.getByRole("button", { name: "Undo the drain of cache-a" }).click();
    await isShown("cache-a", "ready");
    t.equal(
      JSON.parse((await daemon.get("/pools/cache/servers/cache-a")).text).override?.state ?? null,
      null,
    );
  });

  t.test("a server that dies is seen to be ejected, its keys to move, and the log to tell", async (t) => {
    await client.send(asked);
    await client.expect("END\r\n".repeat(keys.length));
    await nodes[1]!.close();
    await client.send(asked);
    await isShown("cache-b", "ejected");
    await detail("cache-b")
      .getByText(/connect.* · for \d/)
      .waitFor();
    await until(async () => (await keysOf("cache-b")) === "0.0 %", "its keys are gone");
    t.equal(await row("cache-b").locator('[data-label="Ejections"]').textContent(), "1");
    await page.locator("#log-lines li", { hasText: "server ejected" }).waitFor();
    await page.locator("#verdict li", { hasText: "Pool cache: server cache-b is ejected" }).waitFor();
    t.notMatch(await page.locator("#verdict").getAttribute("data-level"), "ok");
    t.match(await page.locator('#verdict [role="status"]').textContent(), /^(Degraded|Failing): /);
    await page.getByLabel("Trouble only").check();
    await row("cache-a").waitFor({ state: "detached" });
    await page.getByLabel("Trouble only").uncheck();
    await row("cache-a").waitFor();
  });

  for (const [width, colorScheme] of [
    [1280, "light"],
    [1920, "dark"],
    [390, "light"],
  ] as const) {
    t.test(
      `with a server ejected, at ${width} px: no word is broken, nothing to scroll sideways`,
      async (t) => {
        const viewport = { width, height: 900 };
        const { page } = await openPage(t, browser, `http://${admin}/`, { viewport, colorScheme });
        await page.locator('tr[data-server="cache-b"] .state[data-state="ejected"]').waitFor();
        await page.locator('[data-pool="echo"] .shares span').first().waitFor();
        t.equal(await page.evaluate("document.documentElement.scrollWidth"), width);
        t.same(await brokenWords(page), []);
        t.same(await paleTexts(page), []);
      },
    );
  }

  t.test("a moment is read off the charts with the arrow keys", async (t) => {
    const chart = page.locator("#charts figure").first();
    await chart.locator("svg").focus();
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    t.equal(await chart.locator(".when").textContent(), "4 s ago");
    t.equal(await page.locator("#charts .when").last().textContent(), "4 s ago", "in all charts alike");
    await page.keyboard.press("Escape");
    t.equal(await chart.locator(".when").textContent(), "");
  });

  t.test("when most requests fail, that is the first thing to be read", async (t) => {
    await Promise.all([nodes[0]!.close(), nodes[2]!.close()]);
    const failures = setInterval(() => client.send(asked).catch(() => {}), 50);
    t.teardown(() => clearInterval(failures));
    await level("failing");
    await page.locator("#verdict li", { hasText: /^Pool cache: most requests fail \(\d+ %\)$/ }).waitFor();
    t.equal(await page.title(), "Failing · podmate");
    await page.locator("#charts figure.trouble", { hasText: "Failed" }).waitFor();
  });

  t.test("a reload that failed is told, with the version that stays", async (t) => {
    await daemon.write("nonsense: true");
    daemon.process.kill("SIGHUP");
    await page
      .locator("#verdict li", { hasText: "The last reload failed, version 1 stays in force" })
      .waitFor();
    await page.locator("#vitals", { hasText: "Last reload" }).waitFor();
    t.pass();
  });

  t.test("pause and resume, by the buttons", async (t) => {
    await page.getByRole("button", { name: "Pause" }).click();
    await page.locator('#lifecycle .state[data-state="paused"]').waitFor();
    t.match(await page.locator("#lifecycle p").first().textContent(), "the dashboard");
    t.equal(JSON.parse((await daemon.get("/lifecycle")).text).state, "paused");
    t.ok(await page.getByRole("button", { name: "Pause" }).isDisabled());
    await page.getByRole("button", { name: "Resume" }).click();
    await page.locator('#lifecycle .state[data-state="ready"]').waitFor();
    t.equal(JSON.parse((await daemon.get("/lifecycle")).text).state, "ready");
  });

  t.test("what ends the daemon is asked about first", async (t) => {
    page.once("dialog", (dialog) => void dialog.dismiss());
    await page.getByRole("button", { name: "Drain", exact: true }).click();
    t.equal(JSON.parse((await daemon.get("/lifecycle")).text).state, "ready");
    t.same(complaints, [], "and so far nothing was to complain about");
  });

  t.test("a daemon that is gone is told of, and one that comes back is shown", async (t) => {
    await daemon.process.stop("SIGKILL");
    await page.getByText(/^No answer since .*; still trying\. Showing the last known state\.$/).waitFor();
    t.ok(await page.locator("body.stale").count());
    t.ok(await cache.isVisible(), "what was known last stays");
    await daemon.write(text.replace(/^.*name: cache-b.*\n/m, ""));
    const again = await startDaemonOn(t, daemon.file);
    await page.locator("#gone").waitFor({ state: "hidden" });
    await row("cache-b").waitFor({ state: "detached" });
    const { ejections } = JSON.parse((await again.get("/pools/cache/servers/cache-a")).text);
    t.equal(await row("cache-a").locator('[data-label="Ejections"]').textContent(), String(ejections));
    await page.locator("#verdict", { hasText: "of 3 servers ready" }).waitFor();
  });
});
