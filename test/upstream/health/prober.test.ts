import { readFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { createSecureContext, createServer as createTlsServer } from "node:tls";
import t, { type Test } from "tap";
import type { Address } from "../../../src/core/address.ts";
import { systemClock } from "../../../src/core/clock.ts";
import { clientTlsOptions } from "../../../src/upstream/client-tls.ts";
import { type ProbeResult, type ProbeTarget, probe } from "../../../src/upstream/health/prober.ts";
import type { ClientTlsOptions } from "../../../src/upstream/pool-options.ts";
import { makeCertificate } from "../../support/certificates.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { needs } from "../../support/needs.ts";
import { tempDir } from "../../support/temp-dir.ts";

const timeout = 500;

/** What a server does with one connection; `received` gives what has come in so far. */
type Behaviour = (socket: Socket, received: () => string) => void;

interface Peer {
  readonly address: Address;
  readonly server: Server;
  /** Connections that are open now. */
  open(): number;
}

function prepare(server: Server, event: string, behave: Behaviour): { open: () => number } {
  let open = 0;
  server.on(event, (socket: Socket) => {
    open++;
    let received = "";
    socket.on("error", () => {});
    socket.on("close", () => {
      open--;
      server.emit("idle");
    });
    socket.on("data", (bytes) => {
      received += bytes;
      behave(socket, () => received);
    });
    behave(socket, () => received);
  });
  return { open: () => open };
}

async function listen(t: Test, server: Server, where: { port: number; host: string } | { path: string }) {
  await new Promise<void>((resolve) => server.listen(where, resolve));
  t.teardown(() => new Promise((resolve) => server.close(resolve)));
  if ("path" in where) return { path: where.path };
  return { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
}

async function peer(t: Test, behave: Behaviour): Promise<Peer> {
  const server = createServer();
  const { open } = prepare(server, "connection", behave);
  return { address: await listen(t, server, { port: 0, host: "127.0.0.1" }), server, open };
}

/** Answers a request once it is complete. */
function answering(answers: Readonly<Record<string, string>>): Behaviour {
  return (socket, received) => {
    for (const [request, answer] of Object.entries(answers))
      if (received().endsWith(request)) socket.write(answer);
  };
}

function target(address: Address, more: Partial<ProbeTarget> = {}): ProbeTarget {
  return { address, timeout, tls: null, auth: null, ...more };
}

/** Probes on a clock that stands still: a result comes only from what the server does. */
async function ask(t: Test, wanted: ProbeTarget): Promise<ProbeResult> {
  const clock = new FakeClock();
  const result = await probe(wanted, clock);
  t.equal(clock.pending, 0, "no timer is left");
  return result;
}

/** Probes, and lets the deadline pass once the server has been `reached`. */
async function askTooLong(wanted: ProbeTarget, reached: Promise<void>): Promise<ProbeResult> {
  const clock = new FakeClock();
  const result = probe(wanted, clock);
  await reached;
  clock.advance(timeout);
  return result;
}

/** Resolves once nothing is connected to the peer any more. */
async function idle(peer: Peer): Promise<void> {
  while (peer.open() > 0) await new Promise((resolve) => peer.server.once("idle", resolve));
}

t.test("a memcached answers, and the connection is gone afterwards", async (t) => {
  const server = await peer(t, answering({ "version\r\n": "VERSION 1.6.45\r\n" }));
  t.same(await ask(t, target(server.address)), { ok: true, version: "1.6.45" });
  await idle(server);
});

t.test("an answer may come byte by byte, and end in a bare LF", async (t) => {
  const server = await peer(t, (socket, received) => {
    if (received() !== "version\r\n") return;
    socket.setNoDelay();
    const drip = (rest: string): void => {
      if (rest) socket.write(rest.slice(0, 1), () => setImmediate(drip, rest.slice(1)));
    };
    drip("VERSION 1.6\n");
  });
  t.same(await ask(t, target(server.address)), { ok: true, version: "1.6" });
});

t.test("a server that does not know `version` may answer `mn`", async (t) => {
  const server = await peer(t, answering({ "version\r\n": "ERROR\r\n", "mn\r\n": "MN\r\n" }));
  t.match(await ask(t, target(server.address)), { ok: true });
});

t.test("through a unix socket", async (t) => {
  const folder = await tempDir(t);
  const server = createServer();
  prepare(server, "connection", answering({ "version\r\n": "VERSION u\r\n" }));
  const address = await listen(t, server, { path: join(folder, "s") });
  t.same(await ask(t, target(address)), { ok: true, version: "u" });
  t.match(await ask(t, target({ path: join(folder, "none") })), {
    ok: false,
    connected: false,
    reason: "connect ENOENT",
  });
});

t.test("wrong answers are failures, in words", async (t) => {
  const cases: [string, Behaviour, string | RegExp][] = [
    ["garbage", answering({ "version\r\n": "HTTP/1.1 400 Bad Request\r\n" }), /unexpected answer: "HTTP/],
    ["control characters", answering({ "version\r\n": "\x01\x1b[2J\r\n" }), /"\\u0001\\u001b\[2J"/],
    ["no version", answering({ "version\r\n": "VERSION\r\n" }), /unexpected answer: "VERSION"/],
    ["neither command", answering({ "version\r\n": "ERROR\r\n", "mn\r\n": "ERROR\r\n" }), /answer: "ERROR"/],
    ["unauthenticated", answering({ "version\r\n": "CLIENT_ERROR unauthenticated\r\n" }), /unauthenticated/],
    ["endless", answering({ "version\r\n": "x".repeat(70_000) }), /^endless answer: "x{80}…"$/],
    ["end at once", (socket) => socket.end(), "closed without an answer"],
    ["half and end", (socket, got) => got() && socket.end("VERS"), "closed in the middle of an answer"],
    ["reset", (socket, got) => got() && socket.resetAndDestroy(), "read ECONNRESET"],
  ];
  for (const [name, behave, reason] of cases) {
    const server = await peer(t, behave);
    t.match(await ask(t, target(server.address)), { ok: false, reason }, name);
    await idle(server);
  }
});

t.test("a refusing server", async (t) => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  t.same(await ask(t, target({ host: "127.0.0.1", port })), {
    ok: false,
    connected: false,
    reason: "connect ECONNREFUSED",
  });
});

t.test("an address that cannot be connected to does not throw", async (t) => {
  t.match(await ask(t, target({ host: "127.0.0.1", port: 70_000 })), { ok: false, connected: false });
});

t.test("a silent server fails at the deadline", async (t) => {
  const asked = Promise.withResolvers<void>();
  const server = await peer(t, (_socket, received) => received() && asked.resolve());
  t.same(await askTooLong(target(server.address), asked.promise), {
    ok: false,
    connected: true,
    reason: "no answer within 500 ms",
  });
  await idle(server);
});

t.test("a server that drips does not outlast the deadline", async (t) => {
  const clock = new FakeClock();
  const server = await peer(t, (socket, received) => {
    if (!received()) return;
    const drip = (): void => {
      if (socket.writable) socket.write("V", () => setImmediate(drip));
      // Each byte takes its time; what counts is the whole.
      clock.advance(40);
    };
    drip();
  });
  const result = await probe(target(server.address), clock);
  t.notOk(result.ok);
  t.match(result, { reason: /^(only a part of an answer|no answer) within 500 ms$/ });
  await idle(server);
});

t.test("a probe may be cancelled, before and while it runs", async (t) => {
  const asked = Promise.withResolvers<void>();
  const server = await peer(t, (_socket, received) => received() && asked.resolve());
  const abort = new AbortController();
  const result = probe(target(server.address), systemClock, abort.signal);
  await asked.promise;
  abort.abort();
  t.match(await result, { ok: false, reason: "cancelled" });
  await idle(server);
  t.match(await probe(target(server.address), systemClock, abort.signal), { ok: false, reason: "cancelled" });
});

t.test("authentication goes first", async (t) => {
  const auth = { username: "üser", password: "secret word" };
  const server = await peer(
    t,
    answering({
      "set auth 0 0 17\r\nüser secret word\r\n": "STORED\r\n",
      "version\r\n": "VERSION a\r\n",
      "set auth 0 0 7\r\nmallory\r\n": "CLIENT_ERROR authentication failure\r\n",
      " wrong\r\n": "CLIENT_ERROR authentication failure\r\n",
    }),
  );
  t.same(await ask(t, target(server.address, { auth })), { ok: true, version: "a" });
  const wrong = { username: "mallory", password: "wrong" };
  t.match(await ask(t, target(server.address, { auth: wrong })), {
    ok: false,
    connected: true,
    reason: 'authentication refused: "CLIENT_ERROR authentication failure"',
  });
});

t.test("TLS", async (t) => {
  if (!needs(t, "openssl")) return;
  const folder = await tempDir(t);
  const files = makeCertificate(folder, "cache", ["DNS:cache.test", "IP:127.0.0.1"]);
  const server = createTlsServer({ cert: readFileSync(files.cert), key: readFileSync(files.key) });
  server.on("tlsClientError", () => {});
  prepare(server, "secureConnection", answering({ "version\r\n": "VERSION tls\r\n" }));
  const address = await listen(t, server, { port: 0, host: "127.0.0.1" });
  const over = (tls: ClientTlsOptions, configured: Address): ProbeTarget => {
    const ca = tls.ca === undefined ? {} : { ca: readFileSync(tls.ca) };
    return target(address, { tls: clientTlsOptions(tls, configured, createSecureContext(ca)) });
  };
  const named = { host: "cache.test", port: 1 };
  const good = { ok: true, version: "tls" };
  const trusting = { verify: true, ca: files.cert };

  t.same(await ask(t, over(trusting, named)), good, "the name configured, not the address connected to");
  t.same(await ask(t, over(trusting, address)), good, "a literal address in the certificate");
  t.same(await ask(t, over({ ...trusting, server_name: "cache.test" }, { path: "/x" })), good, "server_name");
  t.same(await ask(t, over({ verify: false }, named)), good, "unverified");
  t.match(await ask(t, over({ verify: true }, named)), {
    ok: false,
    connected: false,
    reason: /SELF_SIGNED|self-signed/,
  });
  t.match(await ask(t, over(trusting, { host: "other.test", port: 1 })), { ok: false, reason: /altnames/ });

  const plain = await peer(t, (socket, received) => received() && socket.write("ERROR\r\n"));
  const tls = clientTlsOptions({ verify: false }, named, createSecureContext());
  t.match(await ask(t, target(plain.address, { tls })), { ok: false, connected: false });
  const hanging = Promise.withResolvers<void>();
  const mute = await peer(t, (_socket, received) => received() && hanging.resolve());
  t.match(await askTooLong(target(mute.address, { tls }), hanging.promise), {
    reason: "not connected within 500 ms",
  });
  await idle(mute);
});
