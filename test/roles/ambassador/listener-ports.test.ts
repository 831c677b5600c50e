import { createServer } from "node:net";
import t, { type Test } from "tap";
import type { Address } from "../../../src/core/address.ts";
import type { HttpListenerOptions } from "../../../src/proxy/http/http-listener-options.ts";
import type { MemcacheListenerOptions, Snapshot } from "../../../src/proxy/listener-options.ts";
import { ListenerPorts } from "../../../src/roles/ambassador/listener-ports.ts";

function snapshot(...listeners: readonly (readonly [name: string, listen: Address])[]): Snapshot {
  return {
    version: 1,
    limits: { connections: 1, requests: 1, bytes: 1 },
    memcache: listeners.map(([name, listen]) => ({ name, listen }) as MemcacheListenerOptions),
    pools: {},
  };
}

const any: Address = { host: "127.0.0.1", port: 0 };

/** Somebody who listens on a port of the system's choice. */
async function somebody(t: Test): Promise<Address> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as { port: number };
  return { host: "127.0.0.1", port };
}

t.test("port 0 becomes a port that all workers share, and a reload keeps it", async (t) => {
  const ports = new ListenerPorts();
  const wanted = snapshot(["a", any], ["b", any]);
  const settled = await ports.settle(wanted);
  const [a, b] = settled.memcache.map(({ listen }) => ("port" in listen ? listen.port : 0));
  t.ok(a! > 0 && b! > 0 && a !== b);
  ports.keep(wanted, settled);
  t.same((await ports.settle(wanted)).memcache, settled.memcache);
});

t.test("listeners for HTTP get their ports, too", async (t) => {
  const ports = new ListenerPorts();
  const http = [{ name: "web", listen: any } as HttpListenerOptions];
  const wanted = { ...snapshot(["a", any]), http };
  const settled = await ports.settle(wanted);
  const [web] = settled.http ?? [];
  t.ok(web !== undefined && "port" in web.listen && web.listen.port > 0);
  ports.keep(wanted, settled);
  t.same(await ports.settle(wanted), settled);
});

t.test("a port of the system's choice may be lost to somebody else before it is used", async (t) => {
  const ports = new ListenerPorts();
  const wanted = snapshot(["a", any]);
  const free = await ports.settle(wanted);
  t.notOk(await ports.lost(wanted, free));
  const taken = snapshot(["a", await somebody(t)]);
  t.ok(await ports.lost(wanted, taken));
  t.notOk(await ports.lost(taken, taken), "nobody has chosen that one");
  ports.keep(wanted, taken);
  t.notOk(await ports.lost(wanted, taken), "it is ours");
});

t.test("an address that somebody else has is refused in words", async (t) => {
  const listen = await somebody(t);
  await t.rejects(new ListenerPorts().settle(snapshot(["a", listen])), {
    message:
      /^cannot listen on 127\.0\.0\.1:\d+: another process has it, to listen or for a connection \(find it with: ss -tanp/,
  });
});

t.test("an address that we have ourselves is not claimed again, even under another name", async (t) => {
  const listen = await somebody(t);
  const ports = new ListenerPorts();
  const first = snapshot(["a", listen]);
  ports.keep(first, first);
  t.same(await ports.settle(first), first);
  const renamed = snapshot(["b", listen]);
  t.same(await ports.settle(renamed), renamed);
  const wider = snapshot(["a", { ...listen, host: "0.0.0.0" }]);
  t.same(await ports.settle(wider), wider);
});

t.test("what was not kept is not ours", async (t) => {
  const listen = await somebody(t);
  const ports = new ListenerPorts();
  const first = snapshot(["a", listen]);
  ports.keep(first, first);
  ports.keep(snapshot(), snapshot());
  await t.rejects(ports.settle(first), { message: /another process has it/ });
});

t.test("a unix socket is left as it is", async (t) => {
  const wanted = snapshot(["a", { path: "/run/podmate/cache.sock" }]);
  t.same(await new ListenerPorts().settle(wanted), wanted);
});
