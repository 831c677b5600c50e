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
  const isShown = async (server: string, text: string) =>
    await row(server).locator(".state", { hasText: text }).waitFor();

  t.test("pools of both protocols appear, with a ring each", async (t) => {
    await page.locator('[data-pool="echo"] .ring path').waitFor({ state: "attached" });
    await cache.locator(".ring path").first().waitFor({ state: "attached" });
    t.match(await cache.locator(".figures").textContent(), /^memcache, maglev · /);
    t.match(await page.locator('[data-pool="echo"] .figures').textContent(), /^http, maglev · /);
    for (const name of [...names, "echo"]) await isShown(name, "ready");
    t.equal(await cache.locator(".ring path").count(), names.length);
  });

  const client = await WireClient.connect(daemon.listener);
  t.teardown(() => client.close());
  const keys = Array.from({ length: 60 }, (_, i) => `key${i}`);
  const asked = keys.map((key) => `get ${key}\r\n`).join("");

  t.test("a key is found where the daemon has it", async (t) => {
    const { served_by } = JSON.parse((await daemon.get("/ring/cache?key=greeting")).text);
    await cache.locator('input[name="key"]').fill("greeting");
    await cache.getByRole("button", { name: "Find" }).click();
    await cache.locator(".ring .mark").waitFor();
    t.equal(await cache.locator(".ring path.chosen").getAttribute("data-server"), served_by.server);
  });

  t.test("a server that dies is seen to be ejected, its keys to move, and the log to tell", async (t) => {
    await client.send(asked);
    await client.expect("END\r\n".repeat(keys.length));
    await nodes[1]!.close();
    await client.send(asked);
    await isShown("cache-b", "ejected");
    t.match(await row("cache-b").locator(".reason").textContent(), /./);
    await until(async () => (await keysOf("cache-b")) === "0.0 %", "its keys are gone");
    await cache.getByText("2 of 3 ready").waitFor();
    t.equal(await row("cache-b").locator('[data-label="Ejections"]').textContent(), "1");
    await page.locator("#log-lines li", { hasText: "server ejected" }).waitFor();
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
    await page.getByRole("button", { name: "Drain" }).click();
    t.equal(JSON.parse((await daemon.get("/lifecycle")).text).state, "ready");
    t.same(complaints, [], "and so far nothing was to complain about");
  });

  t.test("a daemon that is gone is told of, and one that comes back is shown", async (t) => {
    await daemon.process.stop("SIGKILL");
    await page.getByText(/^No answer since .*; still trying/).waitFor();
    t.ok(await page.locator("body.stale").count());
    t.ok(await cache.isVisible(), "what was known last stays");
    await daemon.write(text.replace(/^.*name: cache-b.*\n/m, ""));
    await startDaemonOn(t, daemon.file);
    await page.locator("#gone").waitFor({ state: "hidden" });
    await cache.getByText("2 of 2 ready").waitFor();
    await row("cache-b").waitFor({ state: "detached" });
    t.equal(await row("cache-a").locator('[data-label="Ejections"]').textContent(), "0");
  });
});
