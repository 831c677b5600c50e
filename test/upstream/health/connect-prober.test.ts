import { readFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { createSecureContext, createServer as createTlsServer } from "node:tls";
import t, { type Test } from "tap";
import type { Address } from "../../../src/core/address.ts";
import { clientTlsOptions } from "../../../src/upstream/client-tls.ts";
import { probeConnect } from "../../../src/upstream/health/connect-prober.ts";
import { makeCertificate } from "../../support/certificates.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { needs } from "../../support/needs.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { until } from "../../support/until.ts";

async function listen(t: Test, server: Server, path?: string) {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(path ?? { port: 0, host: "127.0.0.1" }, resolve));
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const address: Address =
    path === undefined ? { host: "127.0.0.1", port: (server.address() as AddressInfo).port } : { path };
  return { address, open: () => sockets.size };
}

t.test("a connection that opens passes, and is gone afterwards", async (t) => {
  const clock = new FakeClock();
  const { address, open } = await listen(t, createServer());
  t.same(await probeConnect({ address, timeout: 500, tls: null }, clock), { ok: true });
  await until(() => open() === 0);
  const socket = await listen(t, createServer(), join(await tempDir(t), "a.sock"));
  t.same(await probeConnect({ address: socket.address, timeout: 500, tls: null }, clock), { ok: true });
  t.equal(clock.pending, 0);
});

t.test("one that is refused does not", async (t) => {
  const clock = new FakeClock();
  const address = { path: join(await tempDir(t), "none.sock") };
  const reason = "connect ENOENT";
  t.same(await probeConnect({ address, timeout: 500, tls: null }, clock), {
    ok: false,
    connected: false,
    reason,
  });
  t.equal(clock.pending, 0);
});

t.test("with TLS it is the handshake that counts", async (t) => {
  if (!needs(t, "openssl")) return;
  const files = makeCertificate(await tempDir(t), "api", ["DNS:api.test"]);
  const identity = { cert: readFileSync(files.cert), key: readFileSync(files.key) };
  const { address, open } = await listen(t, createTlsServer(identity));
  const tlsFor = (server_name: string) =>
    clientTlsOptions({ verify: true, server_name }, address, createSecureContext({ ca: identity.cert }));
  const clock = new FakeClock();
  t.same(await probeConnect({ address, timeout: 500, tls: tlsFor("api.test") }, clock), { ok: true });
  t.match(await probeConnect({ address, timeout: 500, tls: tlsFor("other.test") }, clock), {
    ok: false,
    reason: /ALTNAME/,
  });
  await until(() => open() === 0);
});

t.test("a handshake that does not end is late, or cancelled", async (t) => {
  let reached = 0;
  const { address, open } = await listen(
    t,
    createServer((socket) => {
      socket.resume();
      reached++;
    }),
  );
  const tls = { secureContext: createSecureContext({}) };
  const clock = new FakeClock();
  const late = probeConnect({ address, timeout: 500, tls }, clock);
  await until(() => reached === 1);
  clock.advance(500);
  t.match(await late, { ok: false, reason: "not connected within 500 ms" });
  const end = new AbortController();
  const cancelled = probeConnect({ address, timeout: 500, tls }, clock, end.signal);
  await until(() => reached === 2);
  end.abort();
  t.match(await cancelled, { ok: false, reason: "cancelled" });
  t.match(await probeConnect({ address, timeout: 500, tls }, clock, end.signal), { reason: "cancelled" });
  t.equal(clock.pending, 0);
  await until(() => open() === 0);
});
