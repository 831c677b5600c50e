import t from "tap";
import type { Config } from "../../src/config/config.ts";
import { diffConfig } from "../../src/config/diff-config.ts";
import { parseConfig } from "../../src/config/load-config.ts";

function load(pools: string, rest = ""): Config {
  const text = `${rest}\nmemcache: [{ name: cache, listen: ":11211", pool: a }]\npools:\n  ${pools}\n`;
  const loaded = parseConfig(text, "podmate.yml", {});
  if (!loaded.ok) throw new Error(loaded.errors.map(({ message }) => message).join("\n"));
  return loaded.config;
}

function texts(before: Config, after: Config): string[] {
  return diffConfig(before, after).map(({ text }) => text);
}

t.test("settings are shown with both values", async (t) => {
  const before = load("a: { servers: [x], timeout: 1s }");
  t.same(texts(before, load("a: { servers: [x], timeout: 250ms, eject: false }")), [
    "changed pools.a.timeout: 1s → 250ms",
    'changed pools.a.eject: {"failures":3,"window":"10s","backoff":"1s","max_backoff":"1m","max_percent":50,"on_eject":"fail_fast"} → off',
  ]);
});

t.test("servers are followed by name, wherever they stand in the list", async (t) => {
  const before = load("a: { servers: [x, y, { address: z, name: cache-z }] }");
  const after = load("a: { servers: [{ address: moved, name: cache-z, weight: 3 }, y, w] }");
  t.same(texts(before, after), [
    'removed pools.a.servers["x:11211"]',
    "changed pools.a.servers.cache-z.address: z:11211 → moved:11211",
    "changed pools.a.servers.cache-z.weight: 1 → 3",
    'added pools.a.servers["w:11211"]',
  ]);
});

t.test("their order matters to jump alone", async (t) => {
  const of = (distribution: string, servers: string) =>
    load(`a: { ring: { distribution: ${distribution} }, servers: [${servers}] }`);
  t.same(texts(of("ketama", "x, y"), of("ketama", "y, x")), []);
  t.same(texts(of("jump", "x, y"), of("jump", "y, x")), [
    "changed pools.a.servers: order x:11211, y:11211 → y:11211, x:11211",
  ]);
});

t.test("pools and listeners come and go", async (t) => {
  const before = load("a: { servers: [x] }");
  const after = load("{ a: { servers: [x] }, b: { servers: [y] } }");
  t.same(texts(before, after), ["added pools.b"]);
  t.same(texts(after, before), ["removed pools.b"]);
});

t.test("what needs a restart says so", async (t) => {
  const before = load("a: { servers: [x] }");
  const after = load("a: { servers: [x] }", 'workers: 2\nadmin: { listen: ":9000" }\nlog: { level: debug }');
  t.same(
    diffConfig(before, after).map(({ path, restart }) => [path, restart]),
    [
      ["admin.listen", true],
      ["workers", true],
      ["log.level", false],
    ],
  );
  t.match(texts(before, after)[1], "changed workers: auto → 2 (needs a restart)");
});

t.test("a changed password is a change, and stays secret", async (t) => {
  const of = (password: string) => load(`a: { servers: [x], auth: { username: u, password: ${password} } }`);
  t.same(texts(of("old"), of("new")), ["changed pools.a.auth.password: ********"]);
});

t.test("secrets within URLs and commands are shown in no difference, and in no error", async (t) => {
  const withHook = (hook: string) =>
    load("a: { servers: [x] }", `lifecycle: { hooks: [ { on: [draining], ${hook} } ] }`);
  const shown = texts(
    withHook('http: "http://h/?token=sesame"'),
    withHook("exec: [/bin/tell, --token, sesame]"),
  ).join("\n");
  t.match(shown, "token=********");
  t.notMatch(shown, "sesame");

  const bad = 'lifecycle: { hooks: [ { on: [draining], http: "http://u:sesame@h/" } ] }\npools: {}\n';
  const loaded = parseConfig(bad, "podmate.yml", {});
  const told = loaded.ok ? "" : loaded.errors.map(({ message }) => message).join("\n");
  t.match(told, "u:********@h");
  t.notMatch(told, "sesame");
});
