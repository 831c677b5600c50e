import t from "tap";
import { WireClient } from "../support/wire-client.ts";
import { configText, startDaemon, startServers } from "./podmate.ts";

const native = "lifecycle: { mode: native, drain: 60s }";
const sidecar = "lifecycle: { mode: sidecar, drain: 60s }";

t.test("native: SIGTERM closes idle clients and ends with 0", async (t) => {
  const daemon = await startDaemon(t, configText(await startServers(t, 1), native));
  const client = await WireClient.connect(daemon.listener);
  t.teardown(() => client.close());
  await client.expectInStep();
  t.same(await daemon.process.stop("SIGTERM"), { code: 0, signal: null });
  await client.expectClose();
  t.match(daemon.process.stderr, /"from":"ready","to":"draining","reason":"SIGTERM"/);
  t.match(daemon.process.stderr, /"from":"draining","to":"stopped"/);
});

t.test("sidecar: after SIGTERM it is unready but serves until its clients are gone", async (t) => {
  const daemon = await startDaemon(t, configText(await startServers(t, 1), sidecar));
  const client = await WireClient.connect(daemon.listener);
  t.teardown(() => client.close());
  await client.expectInStep();
  daemon.process.kill("SIGTERM");
  await daemon.process.waitForOutput(/"to":"draining"/);
  t.match(await daemon.get("/ready"), { status: 503, text: /the daemon is draining/ });
  t.match(await daemon.get("/live"), { status: 200 });
  const late = await WireClient.connect(daemon.listener);
  await late.expectInStep();
  late.close();
  await client.exchange("set k 0 0 1\r\nv\r\n", "STORED\r\n");
  client.close();
  t.same(await daemon.process.exit, { code: 0, signal: null });
});

t.test("a second SIGTERM exits at once", async (t) => {
  const daemon = await startDaemon(t, configText(await startServers(t, 1), sidecar));
  const client = await WireClient.connect(daemon.listener);
  t.teardown(() => client.close());
  await client.expectInStep();
  daemon.process.kill("SIGTERM");
  await daemon.process.waitForOutput(/"to":"draining"/);
  t.same(await daemon.process.stop("SIGTERM"), { code: 143, signal: null });
});

t.test(
  "a client that stays is let go before the deadline, and what it has asked for is answered",
  async (t) => {
    const short = "lifecycle: { mode: sidecar, drain: 1s }";
    const daemon = await startDaemon(t, configText(await startServers(t, 1), short));
    const client = await WireClient.connect(daemon.listener);
    t.teardown(() => client.close());
    await client.expectInStep();
    t.same(await daemon.process.stop("SIGTERM"), { code: 0, signal: null });
    await client.expectClose();
    t.match(daemon.process.stderr, /"reason":"all clients are gone"/);
  },
);

t.test("the deadline cuts a client that owes the rest of a value", async (t) => {
  const short = "lifecycle: { mode: sidecar, drain: 300ms }";
  const daemon = await startDaemon(t, configText(await startServers(t, 1), short));
  const client = await WireClient.connect(daemon.listener);
  t.teardown(() => client.close());
  await client.expectInStep();
  await client.send("set k 0 0 10\r\nhalf");
  t.same(await daemon.process.stop("SIGTERM"), { code: 0, signal: null });
  t.match(daemon.process.stderr, /"reason":"the drain deadline is over"/);
});
