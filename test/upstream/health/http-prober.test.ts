import { readFileSync } from "node:fs";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createHttp2Server, createSecureServer } from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { createSecureContext } from "node:tls";
import t, { type Test } from "tap";
import type { Address } from "../../../src/core/address.ts";
import { systemClock } from "../../../src/core/clock.ts";
import { clientTlsOptions } from "../../../src/upstream/client-tls.ts";
import {
  type HttpProbeResult,
  type HttpProbeTarget,
  probeHttp,
} from "../../../src/upstream/health/http-prober.ts";
import { makeCertificate } from "../../support/certificates.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { needs } from "../../support/needs.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { until } from "../../support/until.ts";

const timeout = 500;

interface Peer {
  readonly address: Address;
  readonly server: Server;
  /** Connections that are open now. */
  open(): number;
}

async function listen(
  t: Test,
  server: Server,
  where: { port: number; host: string } | { path: string } = { port: 0, host: "127.0.0.1" },
): Promise<Peer> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(where, resolve));
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const address =
    "path" in where ? where : { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
  return { address, server, open: () => sockets.size };
}

function target(address: Address, more: Partial<HttpProbeTarget> = {}): HttpProbeTarget {
  const health = { path: "/healthz?full=1", statuses: [200, 299] as const };
  return { address, configured: address, timeout, tls: null, health, version: 1, ...more };
}

/** Probes on a clock that stands still: a result comes only from what the server does. */
async function ask(t: Test, wanted: HttpProbeTarget): Promise<HttpProbeResult> {
  const clock = new FakeClock();
  const result = await probeHttp(wanted, clock);
  t.equal(clock.pending, 0, "no timer is left");
  return result;
}

/** An HTTP server that remembers the requests it has had. */
async function httpPeer(t: Test, answer: RequestListener) {
  const requests: string[] = [];
  const peer = await listen(
    t,
    createHttpServer((request, response) => {
      const { host, connection } = request.headers;
      requests.push(`${request.method} ${request.url} host=${host} connection=${connection}`);
      answer(request, response);
    }),
  );
  return { ...peer, requests };
}

/** A server that sends the same bytes to whoever asks. */
function rawPeer(t: Test, bytes: string, more: (socket: Socket) => void = () => {}): Promise<Peer> {
  return listen(
    t,
    createServer((socket) => {
      socket.once("data", () => {
        socket.write(bytes);
        more(socket);
      });
    }),
  );
}

t.test("a status within bounds passes, on a connection that is gone afterwards", async (t) => {
  const peer = await httpPeer(t, (_request, response) => response.end("fine"));
  t.same(await ask(t, target(peer.address)), { ok: true, status: 200 });
  const { port } = peer.address as { port: number };
  t.same(peer.requests, [`GET /healthz?full=1 host=127.0.0.1:${port} connection=close`]);
  await until(() => peer.open() === 0);
});

t.test("a status out of bounds fails; bounds are inclusive, redirects are not followed", async (t) => {
  let status = 0;
  const peer = await httpPeer(t, (_request, response) => {
    response.writeHead(status, { location: "/elsewhere" }).end();
  });
  const probe = async (answer: number, low = 200, high = 299) => {
    status = answer;
    return ask(t, target(peer.address, { health: { path: "/", statuses: [low, high] } }));
  };
  t.same(await probe(299), { ok: true, status: 299 });
  t.same(await probe(302), { ok: false, connected: true, reason: "answers 302, not 200 to 299" });
  t.same(await probe(503), { ok: false, connected: true, reason: "answers 503, not 200 to 299" });
  t.same(await probe(404, 404, 404), { ok: true, status: 404 });
  t.equal(peer.requests.length, 4);
});

t.test("the Host header is the one that is configured, or the server's address as configured", async (t) => {
  const peer = await httpPeer(t, (_request, response) => response.end());
  const health = { path: "/", host: "api.internal", statuses: [200, 200] as const };
  await ask(t, target(peer.address, { health }));
  await ask(t, target(peer.address, { configured: { host: "api-0.api", port: 8080 } }));
  await ask(t, target(peer.address, { configured: { path: "/run/api.sock" } }));
  t.match(peer.requests, [/host=api\.internal /, /host=api-0\.api:8080 /, /host=localhost /]);
});

t.test("a unix socket is asked, too", async (t) => {
  const path = join(await tempDir(t), "api.sock");
  await listen(
    t,
    createHttpServer((_request, response) => response.end()),
    { path },
  );
  t.same(await ask(t, target({ path })), { ok: true, status: 200 });
});

t.test("a body is read to its end, but not without end", async (t) => {
  const long = await rawPeer(t, `HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n${"x".repeat(100_000)}`);
  t.same(await ask(t, target(long.address)), { ok: true, status: 200 });
  const cut = await rawPeer(t, "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nxxx", (socket) => socket.end());
  t.match(await ask(t, target(cut.address)), { ok: false, connected: true });
});

t.test("interim answers are no answers", async (t) => {
  const peer = await rawPeer(
    t,
    "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
  );
  t.same(await ask(t, target(peer.address)), { ok: true, status: 200 });
});

t.test("a server that is not there has not been reached", async (t) => {
  const { address, server } = await listen(t, createServer());
  await new Promise((resolve) => server.close(resolve));
  t.same(await ask(t, target(address)), { ok: false, connected: false, reason: "connect ECONNREFUSED" });
  const path = join(await tempDir(t), "none.sock");
  t.same(await ask(t, target({ path })), { ok: false, connected: false, reason: "connect ENOENT" });
});

t.test("a server that hangs up, or speaks something else, has been reached", async (t) => {
  const silent = await rawPeer(t, "", (socket) => socket.end());
  t.match(await ask(t, target(silent.address)), { ok: false, connected: true, reason: "other side closed" });
  const reset = await rawPeer(t, "", (socket) => socket.resetAndDestroy());
  t.match(await ask(t, target(reset.address)), { ok: false, connected: true, reason: "read ECONNRESET" });
  const other = await rawPeer(t, "VERSION 1.6.45\r\n");
  t.match(await ask(t, target(other.address)), { ok: false, connected: true, reason: /HTTP|Parse/ });
});

t.test("the deadline holds for connection, head and body together", async (t) => {
  const reached: Socket[] = [];
  const mute = await listen(
    t,
    createServer((socket) => void reached.push(socket.resume())),
  );
  const slow = await rawPeer(
    t,
    "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx",
    (socket) => void reached.push(socket),
  );
  for (const { address, open } of [mute, slow]) {
    const clock = new FakeClock();
    reached.length = 0;
    const probing = probeHttp(target(address), clock);
    await until(() => reached.length === 1);
    clock.advance(timeout);
    const reason = "no whole answer within 500 ms";
    t.same(await probing, { ok: false, connected: true, reason });
    await until(() => open() === 0);
  }
});

t.test("an end that is asked for ends the probe, before it and in it", async (t) => {
  const reached: Socket[] = [];
  const mute = await listen(
    t,
    createServer((socket) => void reached.push(socket.resume())),
  );
  const end = new AbortController();
  const clock = new FakeClock();
  const probing = probeHttp(target(mute.address), clock, end.signal);
  await until(() => reached.length === 1);
  end.abort();
  t.match(await probing, { ok: false, reason: "cancelled" });
  t.match(await probeHttp(target(mute.address), clock, end.signal), { ok: false, reason: "cancelled" });
  t.equal(clock.pending, 0);
  await until(() => mute.open() === 0);
});

t.test("over TLS the certificate is held against the configured name, which is the SNI", async (t) => {
  if (!needs(t, "openssl")) return;
  const files = makeCertificate(await tempDir(t), "api", ["DNS:api.test"]);
  const identity = { cert: readFileSync(files.cert), key: readFileSync(files.key) };
  const names: string[] = [];
  const { address } = await listen(
    t,
    createHttpsServer(
      {
        ...identity,
        SNICallback: (name, done) => {
          names.push(name);
          done(null, createSecureContext(identity));
        },
      },
      (_request, response) => response.end(),
    ),
  );
  const tlsFor = (server_name?: string) =>
    clientTlsOptions(
      { verify: true, ...(server_name !== undefined && { server_name }) },
      address,
      createSecureContext({ ca: identity.cert }),
    );
  t.same(await ask(t, target(address, { tls: tlsFor("api.test") })), { ok: true, status: 200 });
  t.same(names, ["api.test"]);
  t.match(await ask(t, target(address, { tls: tlsFor() })), {
    ok: false,
    connected: false,
    reason: /ERR_TLS_CERT_ALTNAME_INVALID/,
  });
});

t.test("HTTP/2 is spoken by prior knowledge", async (t) => {
  const { address } = await listen(
    t,
    createHttp2Server((request, response) => {
      response.statusCode = request.headers[":path"] === "/healthz?full=1" ? 200 : 404;
      response.end("fine");
    }) as Server,
  );
  t.same(await ask(t, target(address, { version: 2 })), { ok: true, status: 200 });
});

t.test("HTTP/2 is spoken by ALPN, and a server that does not is none", async (t) => {
  if (!needs(t, "openssl")) return;
  const files = makeCertificate(await tempDir(t), "api", ["DNS:api.test"]);
  const identity = { cert: readFileSync(files.cert), key: readFileSync(files.key) };
  const tls = { secureContext: createSecureContext({ ca: identity.cert }), servername: "api.test" };
  const two = await listen(t, createSecureServer(identity, (_request, response) => response.end()) as Server);
  t.same(await ask(t, target(two.address, { tls, version: 2 })), { ok: true, status: 200 });
  const one = await listen(
    t,
    createHttpsServer(identity, (_request, response) => response.end()),
  );
  t.match(await ask(t, target(one.address, { tls, version: 2 })), { ok: false, connected: false });
});

t.test("on the clock of the machine, too", async (t) => {
  const peer = await httpPeer(t, (_request, response) => response.end());
  t.match(await probeHttp(target(peer.address), systemClock), { ok: true });
});
