import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import { startAdmin } from "../../src/admin/admin-server.ts";
import type { PoolView, ServerView } from "../../src/admin/pool-view.ts";
import { formatAddress } from "../../src/core/address.ts";
import { RecentLog } from "../../src/observe/recent-log.ts";
import { ringLayoutView } from "../../src/roles/ambassador/ring-layout-view.ts";
import { ringView } from "../../src/roles/ambassador/ring-view.ts";
import type { PoolOptions } from "../../src/upstream/pool-options.ts";
import { openBrowser, openPage } from "../support/browser.ts";
import type { AdminOverrides } from "../support/fine-admin.ts";
import {
  fineAdmin,
  fineLifecycle,
  fineListeners,
  fineOverview,
  finePool,
  poolEntry,
} from "../support/fine-admin.ts";
import { needs } from "../support/needs.ts";
import { tempDir } from "../support/temp-dir.ts";

async function serve(t: Test, over: AdminOverrides): Promise<string> {
  const admin = await startAdmin({ host: "127.0.0.1", port: 0 }, fineAdmin(over));
  t.teardown(() => admin.close());
  return `http://${formatAddress(admin.address)}/`;
}

/** A pool whose ring is real. */
function pool(name: string, weights: Readonly<Record<string, number>>) {
  const options = {
    name,
    ring: { distribution: "ketama", hash: "fnv1a_64" },
    servers: Object.entries(weights).map(([id, weight]) => ({
      id,
      name: id,
      address: { host: "10.0.0.1", port: 11211 },
      weight,
    })),
  } as unknown as PoolOptions;
  const servers = Object.entries(weights).map(
    ([server, weight]): ServerView => ({ ...finePool.servers[0]!, server, weight }),
  );
  const view: PoolView = { ...finePool, pool: name, servers };
  return { options, view };
}

function pools(...all: readonly ReturnType<typeof pool>[]): NonNullable<AdminOverrides["pools"]> {
  const optionsOf = (name: string) => all.find(({ view }) => view.pool === name)?.options;
  return {
    list: () => all.map(({ view }) => poolEntry(view)),
    async layout(name) {
      const options = optionsOf(name);
      return (
        options &&
        ringLayoutView(
          options,
          options.servers.map(() => true),
        )
      );
    },
    async ring(name, key) {
      const options = optionsOf(name);
      return options && ringView(options, key);
    },
  };
}

const token = "0123456789abcdef0123456789abcdef";

/** Markup, script and a way out of an attribute. */
const hostile = `"><img src=x onerror="window.hacked=1"><script>window.hacked=1</script>{{7*7}}`;

t.test("the page is served under a strict policy, and nothing else is", async (t) => {
  const url = await serve(t, {});
  const page = await fetch(url);
  t.equal(page.status, 200);
  t.match(page.headers.get("content-type"), /^text\/html/);
  const policy = page.headers.get("content-security-policy") ?? "";
  t.match(policy, /default-src 'none'/);
  t.notMatch(policy, /unsafe|\*|http/);
  const text = await page.text();
  t.notMatch(text, /<style|<script(?! type="module" src)|\son\w+=|style="|https?:/);
  for (const path of [
    "dashboard/",
    "dashboard/%2e%2e/routes/pools.ts",
    "dashboard/..%2fguard.ts",
    "dashboard/x.js",
  ]) {
    t.equal((await fetch(`${url}${path}`)).status, 404, path);
  }
  const elsewhere = await fetch(url, { headers: { "x-forwarded-for": "10.0.0.9" } });
  t.equal(elsewhere.status, 200, "it may be looked at from elsewhere");
});

t.test("every part that the page names is served", async (t) => {
  const url = await serve(t, {});
  const seen = new Set<string>();
  const wanted = [
    "dashboard/main.js",
    "dashboard/dashboard.css",
    "dashboard/tables.css",
    "dashboard/icon.svg",
  ];
  for (let path = wanted.pop(); path !== undefined; path = wanted.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    const answer = await fetch(`${url}${path}`);
    t.equal(answer.status, 200, path);
    for (const [, name] of (await answer.text()).matchAll(/from "\.\/([\w-]+\.js)"/g))
      wanted.push(`dashboard/${name}`);
  }
  t.ok(seen.size > 10);
});

t.test("in a browser", async (t) => {
  if (!needs(t, "chromium")) return;
  const browser = await openBrowser(t);

  t.test("the shares of the keys are drawn to scale, and a key is shown with its server", async (t) => {
    const cache = pool("cache", { "cache-a": 1, "cache-b": 2, "cache-c": 5 });
    const { page, complaints } = await openPage(t, browser, await serve(t, { pools: pools(cache) }));
    await page.waitForSelector(".shares span");
    const lengths = await page.$$eval(".shares > span", (parts) =>
      parts.map((part) => (part as unknown as { offsetWidth: number }).offsetWidth),
    );
    const whole = lengths.reduce((a, b) => a + b);
    const { servers } = ringLayoutView(cache.options, [true, true, true]);
    servers.forEach(({ server, share }, i) => {
      t.ok(
        Math.abs(lengths[i]! / whole - share) < 0.005,
        `${server}: ${share} of the keys, ${lengths[i]! / whole}`,
      );
    });
    t.match(
      await page.getAttribute(".shares", "aria-label"),
      /^Keys of pool cache: cache-a \d+\.\d %, cache-b/,
    );

    await page.fill('input[name="key"]', "greeting");
    await page.keyboard.press("Enter");
    const { owner } = ringView(cache.options, "greeting");
    await page.waitForSelector(".shares .chosen");
    t.equal(await page.getAttribute(".shares .chosen", "data-server"), owner?.server);
    t.match(await page.textContent('.card [role="status"]:not(:empty)'), `“greeting” → ${owner?.server}`);
    t.same(complaints, []);
  });

  t.test("of a large pool the first servers are shown, and how many more there are", async (t) => {
    const large = pool("fleet", Object.fromEntries(Array.from({ length: 130 }, (_, i) => [`s-${i}`, 1])));
    const servers = large.view.servers.map((server, i) => ({
      ...server,
      state: i % 50 === 20 ? ("ejected" as const) : ("ready" as const),
    }));
    const view = { ...large.view, servers };
    const { page, complaints } = await openPage(
      t,
      browser,
      await serve(t, { pools: pools({ ...large, view }) }),
    );
    await page.getByText("and 30 more, 1 of them ejected: see podmate status").waitFor();
    t.equal(await page.locator("tr[data-server]").count(), 100);
    await page.getByText("127 of 130 servers ready in 1 pool").waitFor();
    t.same(complaints, []);
  });

  t.test("names, keys and lines of the log are text, whatever they say", async (t) => {
    const evil = pool(`pool ${hostile}`, { [`server ${hostile}`]: 1, constructor: 1, "../..": 1 });
    const server: ServerView = {
      ...evil.view.servers[0]!,
      state: "ejected",
      reason: hostile,
      address: hostile,
    };
    const view: PoolView = { ...evil.view, servers: [server, ...evil.view.servers.slice(1)] };
    const recent = new RecentLog();
    const line = {
      level: "error",
      time: "2026-01-01T00:00:00.000Z",
      module: hostile,
      msg: hostile,
      [hostile]: hostile,
    };
    recent.add({ level: "error", time: 1, module: hostile, pool: undefined }, JSON.stringify(line));
    const url = await serve(t, {
      pools: {
        ...pools({ ...evil, view }),
        hotKeys: async () => [
          {
            pool: view.pool,
            requests: 2,
            untracked: 0,
            keys: [{ key: hostile, count: 2, error: 0 }],
          },
        ],
      },
      logs: { recent },
      lifecycle: { view: () => ({ ...fineLifecycle, state: "paused", reason: hostile }) },
      overview: {
        view: () => ({
          ...fineOverview,
          verdict: { level: "failing", reasons: [{ level: "failing", text: hostile, pool: hostile }] },
          config: { ...fineOverview.config, origin: hostile },
        }),
      },
      listeners: { list: () => [{ ...fineListeners[0]!, listener: hostile, address: hostile }] },
      version: () => ({ version: hostile, node: "26.0.0" }),
    });
    const { page, complaints } = await openPage(t, browser, url);
    await page.waitForSelector(".shares span");
    await page.waitForSelector("#log-lines li");
    await page.fill('input[name="key"]', hostile);
    await page.keyboard.press("Enter");
    await page.waitForSelector(".shares .chosen");
    const places = ["h3", "tbody th", "tbody .detail", "#log-lines li", "#lifecycle p", "#version"];
    for (const selector of [...places, "#verdict li", ".listener", ".hot-keys li", "#vitals"]) {
      t.ok((await page.textContent(selector))?.includes(hostile), selector);
    }
    t.equal(await page.locator("img").count(), 0);
    t.equal(await page.evaluate("window.hacked"), undefined);
    t.same(complaints, []);
  });

  t.test("the policy holds: no markup from text, no code and no data from elsewhere", async (t) => {
    const { page } = await openPage(t, browser, await serve(t, {}));
    await page.waitForSelector(".shares span");
    const refused = await page.evaluate(`(() => {
      const tries = {
        markup: () => { document.body.innerHTML = "<b>x</b>"; },
        script: () => { document.createElement("script").src = "https://example.com/x.js"; },
      };
      return Object.keys(tries).filter((name) => { try { tries[name](); return false; } catch { return true; } });
    })()`);
    t.same(refused, ["markup", "script"]);
    t.equal(
      await page.evaluate(`fetch("https://example.com/").then(() => "came", () => "refused")`),
      "refused",
    );
  });

  t.test("who may not change anything sees no buttons, and is told why", async (t) => {
    const extraHTTPHeaders = { "x-forwarded-for": "10.0.0.9" };
    const { page, complaints } = await openPage(t, browser, await serve(t, {}), { extraHTTPHeaders });
    await page.getByText("Read only: changes are taken from loopback only").waitFor();
    await page.waitForSelector("tr[data-server]");
    for (const name of ["Pause", "Drain", "Drain cache-a"]) {
      t.equal(await page.getByRole("button", { name, exact: true }).count(), 0, name);
    }
    t.same(complaints, []);
  });

  t.test("who has the token may give it, and then turn the daemon", async (t) => {
    const token_file = join(await tempDir(t), "token");
    await writeFile(token_file, token);
    const asked: string[] = [];
    const url = await serve(t, {
      access: { settings: () => ({ token_file, hosts: [] }) },
      lifecycle: {
        turn(verb, reason) {
          asked.push(`${verb}: ${reason}`);
          return "changed";
        },
      },
    });
    const extraHTTPHeaders = { "x-forwarded-for": "10.0.0.9" };
    const { page, complaints } = await openPage(t, browser, url, { extraHTTPHeaders });
    await page.getByLabel("Bearer token").fill(token);
    await page.getByRole("button", { name: "Use this token" }).click();
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByText("Pause: the daemon is ready.").waitFor();
    t.same(asked, ["pause: the dashboard"]);
    t.equal(await page.getByLabel("Bearer token").isVisible(), false);
    t.notMatch(await page.content(), token);
    t.same(complaints, []);
  });

  for (const colorScheme of ["light", "dark"] as const) {
    t.test(`a phone, ${colorScheme}: nothing to scroll sideways, and contrast enough`, async (t) => {
      const long = "a-server-with-a-long-name.of-some.namespace.svc.cluster.local:11211";
      const wide = pool("a-pool-with-a-name-that-is-far-too-long-for-the-screen-of-a-phone", {
        [long]: 1,
        b: 3,
      });
      const url = await serve(t, { pools: pools(wide) });
      const viewport = { width: 360, height: 740 };
      const { page, complaints } = await openPage(t, browser, url, { viewport, colorScheme, isMobile: true });
      await page.waitForSelector(".shares span");
      t.equal(await page.evaluate("document.documentElement.scrollWidth"), 360);
      const [text, card] = (await page.evaluate(`(() => {
        const style = getComputedStyle(document.querySelector(".card"));
        return [style.color, style.backgroundColor];
      })()`)) as [string, string];
      t.ok(contrast(text, card) > 7, `${text} on ${card}`);
      t.equal(luminance(card) > 0.5, colorScheme === "light");
      t.equal(await page.getByRole("rowheader").count(), 2, "a table for who hears it");
      t.same(complaints, []);
    });
  }
});

/** As WCAG 2.2 has it. */
function luminance(rgb: string): number {
  const [r, g, b] = (rgb.match(/[\d.]+/g) ?? []).map((value) => {
    const part = Number(value) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}
