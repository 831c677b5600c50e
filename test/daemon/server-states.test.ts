/** Servers that are not as they should be: from the daemon to the words that an operator reads. */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import t, { type Test } from "tap";
import type { PoolView } from "../../src/admin/pool-view.ts";
import { startMemcacheNode } from "../../src/embedded/memcache-node.ts";
import { freePort } from "../support/free-port.ts";
import { until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";
import { configText, type Daemon, runVerb, startDaemon } from "./podmate.ts";

const eject = "eject: { failures: 1, on_eject: rehash, backoff: 60s, max_backoff: 60s, max_percent: 50 }";

async function poolOf(daemon: Daemon, name: string): Promise<PoolView> {
  return JSON.parse((await daemon.get(`/pools/${name}`)).text);
}

/** What `/health` says of a pool. */
async function healthOf(daemon: Daemon, name: string) {
  const { components } = JSON.parse((await daemon.get("/health")).text);
  return components.find(
    (each: { kind: string; name: string }) => each.kind === "pool" && each.name === name,
  );
}

async function statusOf(t: Test, daemon: Daemon): Promise<string> {
  return (await runVerb(t, "status", "--admin", daemon.admin)).stdout;
}

/** Asks until it is so: what a server is, is found out with the time. */
async function askUntil(ask: () => Promise<boolean>): Promise<void> {
  let answer = false;
  let asking = false;
  await until(() => {
    if (!asking && !answer) {
      asking = true;
      void ask().then((is) => {
        answer = is;
        asking = false;
      });
    }
    return answer;
  });
}

t.test("a server that nobody has reached is connecting, then unreachable; its pool is not up", async (t) => {
  const silent = createServer(() => {});
  await once(silent.listen(0, "127.0.0.1"), "listening");
  t.teardown(() => silent.close());
  const { port } = silent.address() as AddressInfo;
  const text = configText([`127.0.0.1:${port}`], "").replace(
    "pools:\n",
    `pools:\n  away: { servers: [ "127.0.0.1:${await freePort()}" ] }\n`,
  );
  const daemon = await startDaemon(t, text);
  await askUntil(async () => (await poolOf(daemon, "away")).servers[0]?.state === "unreachable");
  t.match((await poolOf(daemon, "away")).servers[0], { reason: /ECONNREFUSED/ });
  t.match((await poolOf(daemon, "main")).servers[0], { state: "connecting" });
  const away = await healthOf(daemon, "away");
  t.not(away.status, "up");
  t.match(away.reasons.join(), /cannot be reached: connect ECONNREFUSED/);
  t.not((await healthOf(daemon, "main")).status, "up");
  const status = await statusOf(t, daemon);
  t.match(status, /^ {2}127\.0\.0\.1:\d+ +unreachable for \d+ s.*: connect ECONNREFUSED/m);
  t.match(status, /^ {2}127\.0\.0\.1:\d+ +connecting for \d+ s/m);
});

t.test(
  "of two servers that die one is ejected, the other stays and says why; all errors are told",
  async (t) => {
    const nodes = await Promise.all([startMemcacheNode(), startMemcacheNode()]);
    const addresses = nodes.map(({ address }) =>
      "port" in address ? `${address.host}:${address.port}` : "",
    );
    const daemon = await startDaemon(t, configText(addresses).replace("servers:", `${eject}\n    servers:`));
    const client = await WireClient.connect(daemon.listener);
    t.teardown(() => client.close());
    const askAll = async () => {
      await client.send(Array.from({ length: 20 }, (_, key) => `get key-${key}\r\n`).join(""));
      for (let key = 0; key < 20; key++) if ((await client.readLine()).startsWith("VALUE")) throw new Error();
    };
    await askAll();
    await Promise.all(nodes.map((node) => node.close()));
    await askUntil(async () => {
      await askAll();
      const { servers } = await poolOf(daemon, "main");
      return servers.every(({ state }) => state === "ejected" || state === "failing");
    });
    await askAll();
    const { servers, errors } = await poolOf(daemon, "main");
    t.same(servers.map(({ state }) => state).sort(), ["ejected", "failing"]);
    const kept = servers.find(({ state }) => state === "failing");
    t.match(kept?.reason, /stays in service, for eject\.max_percent is used up/);
    const health = await healthOf(daemon, "main");
    t.not(health.status, "up");
    t.match(health.reasons.join(), /max_percent/);
    const status = await statusOf(t, daemon);
    t.match(status, /^ {2}\S+ +failing for \d+ s.*stays in service, for eject\.max_percent is used up/m);
    for (const [kind, count] of Object.entries(errors))
      t.match(status, new RegExp(`^ {2}errors: .*\\b${count} ${kind}\\b`, "m"));
    t.match(status, /^ {2}server .* kinds of error$/m);
    t.match(status, /^ {2}\S+ +ejected .* \d+ (connect|ejected)/m);
  },
);
