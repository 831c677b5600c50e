// Do connections to a real memcached, straight and behind twemproxy, show that they are in step, and go on serving?
import t, { type Test } from "tap";
import { type Address, formatAddress } from "../../src/core/address.ts";
import { SERVER } from "../../src/observe/metric-layout.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { needs } from "../support/needs.ts";
import { startPlane } from "../support/plane.ts";
import { RealMemcached } from "../support/real-memcached.ts";
import { startTwemproxy } from "../support/real-twemproxy.ts";
import { until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";

async function expectChecked(t: Test, server: Address): Promise<void> {
  const clock = new FakeClock();
  const plane = await startPlane(t, [server], { clock });
  const client = await WireClient.connect(plane.address);
  t.teardown(() => client.close());
  const count = (name: "stepChecks" | "connects" | "outOfStep" | "requestsInFlight") =>
    plane.block("server", "pool/s0")[SERVER[name]]!;
  await client.send("get a\r\n");
  await client.expect("END\r\n");
  for (let round = 1; round <= 3; round++) {
    clock.advance(10_000);
    await client.send("set a 0 0 1\r\nx\r\nget a\r\n");
    await client.expect("STORED\r\nVALUE a 0 1\r\nx\r\nEND\r\n");
    clock.advance(200);
    t.equal(count("stepChecks"), round);
    await until(() => count("requestsInFlight") === 0);
  }
  t.equal(count("connects"), 1);
  t.equal(count("outOfStep"), 0);
  t.same(plane.logs, []);
}

t.test("memcached", async (t) => {
  if (!needs(t, "memcached")) return;
  const server = await RealMemcached.start(t);
  await expectChecked(t, server.address);
});

t.test("twemproxy", async (t) => {
  if (!needs(t, "memcached") || !needs(t, "nutcracker")) return;
  const server = await RealMemcached.start(t);
  const { pools } = await startTwemproxy(t, [
    `hash: fnv1a_64\ndistribution: ketama\nservers:\n - ${formatAddress(server.address)}:1`,
  ]);
  await expectChecked(t, pools[0]!);
});
