/** Listeners whose port is left to the system, which others may be faster to use. */
import { createServer } from "node:net";
import t, { type Test } from "tap";
import type { Snapshot } from "../../../src/proxy/listener-options.ts";
import { ListenerPorts } from "../../../src/roles/ambassador/listener-ports.ts";
import { startAmbassador } from "../../support/discovering-ambassador.ts";
import { planeSnapshot } from "../../support/plane.ts";
import { WireClient } from "../../support/wire-client.ts";

/** Has somebody else listen on the ports that are chosen, the first `times`; tells how often they were chosen. */
function snatchPorts(t: Test, times: number): { readonly chosen: () => number } {
  const { settle } = ListenerPorts.prototype;
  let count = 0;
  t.intercept(ListenerPorts.prototype, "settle", {
    async value(this: ListenerPorts, wanted: Snapshot): Promise<Snapshot> {
      const settled = await settle.call(this, wanted);
      const { listen } = settled.memcache[0]!;
      if (count++ < times && "port" in listen) {
        const other = createServer();
        t.teardown(() => other.close());
        await new Promise<void>((resolve) => other.listen(listen.port, listen.host, resolve));
      }
      return settled;
    },
  });
  return { chosen: () => count };
}

for (const workers of [1, 2]) {
  t.test(`another port is chosen where somebody has been faster; ${workers} workers`, async (t) => {
    const { chosen } = snatchPorts(t, 2);
    const { ambassador } = await startAmbassador(t, {}, workers);
    await ambassador.apply(planeSnapshot([]));
    t.equal(chosen(), 3);
    const client = await WireClient.connect(ambassador.listeners[0]!.listen);
    t.teardown(() => client.close());
    await client.expectInStep();
  });
}

t.test("who is always too late says so", async (t) => {
  const { chosen } = snatchPorts(t, 100);
  const { ambassador } = await startAmbassador(t);
  await t.rejects(ambassador.apply(planeSnapshot([])), {
    message: /cannot listen on .*another process has it/,
  });
  t.equal(chosen(), 5);
});

t.test("what fails for another reason is not tried again", async (t) => {
  const { chosen } = snatchPorts(t, 0);
  const { ambassador } = await startAmbassador(t);
  const { memcache, ...rest } = planeSnapshot([]);
  const [listener] = memcache;
  const bad = { ...listener!, tls: { cert: "/nonexistent", key: "/nonexistent", ca: null } };
  await t.rejects(ambassador.apply({ ...rest, memcache: [bad] as Snapshot["memcache"] }));
  t.equal(chosen(), 1);
});
