/** podmate has no open file left for a connection to a memcached: that is nobody's fault but its own. */
import t from "tap";
import { upstreamError } from "../../src/observe/metric-labels.ts";
import { SERVER } from "../../src/observe/metric-layout.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import { Plane, planeSnapshot } from "../support/plane.ts";
import { RunOut } from "../support/run-out.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { Supervision } from "../support/supervised-plane.ts";
import { WireClient } from "../support/wire-client.ts";

t.test("requests without an open file for their connection fail, and eject no server", async (t) => {
  const clock = new FakeClock();
  const peer = await ScriptedServer.start(t);
  peer.answer((request) => (request.startsWith("version") ? "VERSION 1.6\r\n" : "END\r\n"));
  const plane = new Plane(clock);
  t.teardown(() => plane.close());
  expectNothingBuffered(t, plane);
  const supervision = new Supervision(t, plane, clock);
  const eject = {
    failures: 1,
    window: 10_000,
    backoff: 1_000,
    max_backoff: 8_000,
    max_percent: 100,
    on_eject: "fail_fast",
  } as const;
  await supervision.apply(planeSnapshot([peer.address], { pool: { timeout: 200, eject } }));
  const client = await WireClient.connect(plane.address);
  t.teardown(() => client.close());
  // Loads what the first request loads.
  await client.exchange("mn\r\n", "MN\r\n");

  const runOut = await RunOut.ofFiles();
  for (let i = 0; i < 3; i++) {
    await client.send("get k\r\n");
    t.match(await client.readLine(), /^SERVER_ERROR exhausted /);
    clock.advance(1_000);
  }
  await runOut.end();
  const block = plane.block("server", "pool/s0");
  t.equal(block[SERVER.errors + upstreamError.exhausted], 3);
  clock.advance(1_000);
  await client.exchange("get k\r\n", "END\r\n");
  t.equal(block[SERVER.errors + upstreamError.ejected], 0);
});
