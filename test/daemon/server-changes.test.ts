import t from "tap";
import { WireClient } from "../support/wire-client.ts";
import { configText, type Daemon, startDaemon, startServers } from "./podmate.ts";

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what it asks for
  readonly json: any;
}

async function post(daemon: Daemon, path: string, body: unknown): Promise<Answer> {
  const response = await fetch(`http://${daemon.admin}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, json: await response.json() };
}

const get = async (daemon: Daemon, path: string) => JSON.parse((await daemon.get(path)).text);

t.test("a server drains by hand, through reloads, until that is taken back", async (t) => {
  const [one, two] = (await startServers(t, 2)) as [string, string];
  // A hash that spreads keys which differ in a digit only.
  const text = configText([one, two]).replace("main:", "main:\n    ring: { hash: md5 }");
  const daemon = await startDaemon(t, text);
  const path = `/pools/main/servers/${one}`;
  const owner = async (key: string) => (await get(daemon, `/ring/main?key=${key}`)).served_by.server;
  const keys = Array.from({ length: 20 }, (_, i) => `key${i}`);
  const owners = async () => [...new Set(await Promise.all(keys.map(owner)))].sort();
  t.same(await owners(), [one, two].sort());

  const drained = await post(daemon, path, { state: "drain" });
  t.match(drained, {
    status: 200,
    json: { state: "draining", override: { state: "drain", weight: null, configured_state: "ready" } },
  });
  t.same(await owners(), [two]);
  const client = await WireClient.connect(daemon.listener);
  t.teardown(() => client.close());
  await client.send(keys.map((key) => `set ${key} 0 0 1\r\nx\r\n`).join(""));
  await client.expect("STORED\r\n".repeat(keys.length));
  const [first, second] = (await get(daemon, "/pools/main")).servers;
  t.same([first.requests, second.requests], [0, keys.length]);

  await daemon.write(`log: { level: warn }\n${text}`);
  t.match(await post(daemon, "/config/reload", {}), { status: 200 });
  t.same(await owners(), [two], "a reload leaves it as it is");
  t.match((await get(daemon, "/config")).overrides, [
    { pool: "main", server: one, state: "drain", weight: null },
  ]);

  t.match(await post(daemon, path, { weight: 5 }), {
    json: { weight: 5, override: { state: "drain", weight: 5, configured_weight: 1 } },
  });
  const back = await post(daemon, path, { state: null, weight: null });
  t.match(back, { status: 200, json: { state: "ready", weight: 1 } });
  t.equal(back.json.override, undefined);
  t.same(await owners(), [one, two].sort());
});

t.test("a change that makes no sense is refused, and changes nothing", async (t) => {
  const [one] = (await startServers(t, 1)) as [string];
  const text = configText([one]).replace("main:", "main:\n    ring: { distribution: jump }");
  const daemon = await startDaemon(t, text);
  const path = `/pools/main/servers/${one}`;
  t.match(await post(daemon, "/pools/other/servers/x", {}), { status: 404 });
  t.match(await post(daemon, "/pools/main/servers/x", { state: "drain" }), { status: 404 });
  t.match(await post(daemon, path, { state: "gone" }), { status: 400 });
  t.match(await post(daemon, path, { weight: 0 }), { status: 400 });
  t.match(await post(daemon, path, { weight: 2 }), {
    status: 422,
    json: { detail: "the distribution jump of pool main knows no weights" },
  });
  t.equal((await get(daemon, path)).override, undefined);
});

t.test("a preview tells what would move, and changes nothing", async (t) => {
  const [one, two] = (await startServers(t, 2)) as [string, string];
  const daemon = await startDaemon(t, configText([one, two]));
  const preview = (body: unknown) => post(daemon, "/ring/main/preview", body);
  t.match(await preview({}), { status: 200, json: { pool: "main", moved_share: 0 } });
  const weighted = await preview({ weights: { [one]: 3 } });
  t.ok(weighted.json.moved_share > 0.1);
  t.match(weighted.json.moves, [{ from: two, to: one }]);
  t.match((await preview({ drain: [two] })).json.moves, [{ from: two, to: one }]);
  const grown = await preview({ servers: [one, two, { address: "10.0.0.9", name: "new" }] });
  // Maglev moves a few keys between servers that stay, too.
  const large = grown.json.moves.filter(({ share }: { share: number }) => share > 0.05);
  t.same([...new Set(large.map(({ to }: { to: string }) => to))], ["new"]);
  t.match(await preview({ drain: ["nobody"] }), { status: 422, json: { detail: /no server "nobody"/ } });
  t.match(await preview({ weights: { [one]: 0.5 } }), { status: 422 });
  t.match(await preview({ servers: ["not an address"] }), { status: 422 });
  t.match(await preview({ servers: ["$".concat("{HOME}:1")] }), { status: 422 });
  t.match(await post(daemon, "/ring/other/preview", {}), { status: 404 });
  for (const name of ["constructor", "__proto__", "toString"]) {
    t.match(await post(daemon, `/ring/${name}/preview`, {}), { status: 404 }, name);
    t.match(await daemon.get(`/ring/${name}?key=a`), { status: 404 }, name);
    t.match(await daemon.get(`/ring/${name}`), { status: 404 }, name);
  }
  t.same((await get(daemon, "/pools/main")).servers.length, 2);
});
