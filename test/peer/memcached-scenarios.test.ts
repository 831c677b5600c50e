// Do the scenarios of memcached's own test suite pass against memcached itself, and against the embedded node?
import t from "tap";
import { startMemcacheNode } from "../../src/embedded/memcache-node.ts";
import { needs } from "../support/needs.ts";
import { RealMemcached } from "../support/real-memcached.ts";
import { WireClient } from "../support/wire-client.ts";
import { runScenarios, SCENARIOS } from "./memcached-scenarios/all-scenarios.ts";

t.equal(SCENARIOS.length, 20);

await t.test("memcached", async (t) => {
  if (!needs(t, "memcached")) return;
  const server = await RealMemcached.start(t, { args: ["-m", "128"] });
  await runScenarios(t, () => WireClient.connect(server.address));
});

await t.test("the embedded node", async (t) => {
  const node = await startMemcacheNode();
  t.teardown(() => node.close());
  await runScenarios(t, () => WireClient.connect(node.address));
});
