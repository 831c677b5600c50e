/** A pool whose servers have not been found yet: every command is answered, and the client stays in step. */
import t from "tap";
import { startPlane } from "../../support/plane.ts";
import { WireClient } from "../../support/wire-client.ts";

const none = "SERVER_ERROR no_server pool: no server is in service\r\n";

t.test("commands for servers fail, podmate's own do not", async (t) => {
  const plane = await startPlane(t, []);
  const client = await WireClient.connect(plane.address);
  t.teardown(() => client.close());
  await client.exchange("get a\r\n", none);
  await client.exchange("set a 0 0 1\r\nv\r\n", none);
  await client.exchange("get a b c\r\n", none);
  await client.exchange("flush_all\r\n", none);
  await client.exchange("stats items\r\n", none);
  await client.exchange("mn\r\n", "MN\r\n");
  await client.send("flush_all noreply\r\nget a\r\n");
  await client.expect(none);
  await client.expectInStep();
  t.equal(plane.poolErrors("no_server"), 7);
});

t.test("large values are taken and refused", async (t) => {
  const plane = await startPlane(t, []);
  const client = await WireClient.connect(plane.address);
  t.teardown(() => client.close());
  await client.exchange(`set big 0 0 300000\r\n${"x".repeat(300_000)}\r\n`, none);
  await client.expectInStep();
});
