/** TLS on both sides: who is trusted, who is not, and certificates that change under way. */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import type { TlsOptions } from "node:tls";
import t, { type Test } from "tap";
import type { Address } from "../../src/core/address.ts";
import { rejectReason } from "../../src/observe/metric-labels.ts";
import { LISTENER } from "../../src/observe/metric-layout.ts";
import type { ClientTlsOptions } from "../../src/upstream/pool-options.ts";
import { pollInterval } from "../../src/upstream/tls-files.ts";
import { makeCertificate, makeExpiredCertificate, makeSignedCertificate } from "../support/certificates.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { needs } from "../support/needs.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import { type PlaneOptions, planeSnapshot, startPlane } from "../support/plane.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { tempDir } from "../support/temp-dir.ts";
import { identityOf, startTlsPeer, TlsClient } from "../support/tls-peers.ts";
import { until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";

async function startWith(t: Test, address: Address, options: PlaneOptions) {
  const clock = new FakeClock();
  const plane = await startPlane(t, [address], { ...options, clock });
  expectNothingBuffered(t, plane);
  return { clock, plane };
}

async function askOnce(t: Test, address: Address): Promise<string> {
  const client = await WireClient.connect(address);
  t.teardown(() => client.close());
  await client.send("get a\r\n");
  return await client.readLine();
}

/** To servers: the client's answer to a get, END where TLS stands. */
async function throughTls(t: Test, tls: (folder: string) => { peer: TlsOptions; pool: ClientTlsOptions }) {
  const folder = await tempDir(t);
  const { peer: peerOptions, pool } = tls(folder);
  const peer = await startTlsPeer(t, peerOptions);
  const { clock, plane } = await startWith(t, peer.address, { pool: { tls: pool } });
  return { folder, peer, clock, plane, ask: () => askOnce(t, plane.address) };
}

if (needs(t, "openssl")) {
  t.test("servers: a certificate that the CA has signed for the right name", async (t) => {
    const { ask } = await throughTls(t, (folder) => {
      const server = makeSignedCertificate(folder, "server", ["DNS:cache.test"]);
      return { peer: identityOf(server), pool: { ca: server.ca, server_name: "cache.test", verify: true } };
    });
    t.equal(await ask(), "END");
  });

  t.test("servers: one of another CA is refused, in words", async (t) => {
    const { ask } = await throughTls(t, (folder) => {
      const server = makeSignedCertificate(folder, "server", ["DNS:cache.test"]);
      const { ca } = makeSignedCertificate(folder, "other", ["DNS:cache.test"]);
      return { peer: identityOf(server), pool: { ca, server_name: "cache.test", verify: true } };
    });
    t.match(
      await ask(),
      /^SERVER_ERROR connect s0: (UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT_LOCALLY|.*certificate)/,
    );
  });

  t.test("servers: one for another name is refused, in words", async (t) => {
    const { ask, plane } = await throughTls(t, (folder) => {
      const server = makeSignedCertificate(folder, "server", ["DNS:other.test"]);
      return { peer: identityOf(server), pool: { ca: server.ca, server_name: "cache.test", verify: true } };
    });
    t.equal(await ask(), "SERVER_ERROR connect s0: ERR_TLS_CERT_ALTNAME_INVALID");
    t.equal(plane.poolErrors("connect"), 1);
  });

  t.test("servers: one that has expired is refused, in words", async (t) => {
    const { ask } = await throughTls(t, (folder) => {
      const server = makeExpiredCertificate(folder, "server", ["DNS:cache.test"]);
      return { peer: identityOf(server), pool: { ca: server.cert, server_name: "cache.test", verify: true } };
    });
    t.equal(await ask(), "SERVER_ERROR connect s0: CERT_HAS_EXPIRED");
  });

  t.test("servers: verify: false takes any certificate", async (t) => {
    const { ask } = await throughTls(t, (folder) => ({
      peer: identityOf(makeCertificate(folder, "server", ["DNS:other.test"])),
      pool: { verify: false },
    }));
    t.equal(await ask(), "END");
  });

  t.test("servers: one that speaks no TLS fails the request, and no more", async (t) => {
    const folder = await tempDir(t);
    const { ca } = makeSignedCertificate(folder, "server", ["DNS:cache.test"]);
    const peer = await ScriptedServer.start(t);
    const { plane } = await startWith(t, peer.address, { pool: { tls: { ca, verify: true } } });
    const client = await WireClient.connect(plane.address);
    t.teardown(() => client.close());
    await client.send("get a\r\n");
    const server = await peer.nextConnection();
    await until(() => server.received.length > 0);
    await server.send("ERROR\r\nERROR\r\n");
    t.match(await client.readLine(), /^SERVER_ERROR connect s0: /);
    await client.expectInStep();
  });

  t.test("servers: podmate shows its own certificate, and a new one once the files are others", async (t) => {
    const folder = await tempDir(t);
    const server = makeSignedCertificate(folder, "server", ["DNS:cache.test"]);
    const first = makeSignedCertificate(folder, "first", ["DNS:podmate.test"]);
    const second = makeCertificate(folder, "second", ["DNS:podmate.test"]);
    const peer = await startTlsPeer(t, {
      ...identityOf(server),
      requestCert: true,
      rejectUnauthorized: false,
    });
    const { clock, plane } = await startWith(t, peer.address, {
      pool: {
        timeout: 200,
        tls: { ca: server.ca, server_name: "cache.test", verify: true, cert: first.cert, key: first.key },
      },
    });
    t.equal(await askOnce(t, plane.address), "END");
    copyFileSync(second.key, first.key);
    copyFileSync(second.cert, first.cert);
    clock.advance(pollInterval);
    await until(() => plane.logs.some((line) => line.includes("new TLS files are in force")));
    t.equal(await askOnce(t, plane.address), "END", "the connection that stands is kept");
    t.same(peer.clients, ["first"]);
    const { address } = peer;
    plane.plane.update({
      pool: "pool",
      server: "s0",
      ejected: false,
      resolved: { ...address, host: "127.0.0.3" } as never,
    });
    plane.plane.update({ pool: "pool", server: "s0", ejected: false, resolved: address });
    t.equal(await askOnce(t, plane.address), "END");
    t.same(peer.clients, ["first", "second"]);
  });

  t.test(
    "a pool whose TLS files are missing or of no use is refused, and what was in force stays",
    async (t) => {
      const folder = await tempDir(t);
      const peer = await ScriptedServer.start(t);
      peer.answer(() => "END\r\n");
      const { plane } = await startWith(t, peer.address, {});
      const before = plane.address;
      const missing = planeSnapshot([peer.address], {
        pool: { tls: { ca: join(folder, "none.pem"), verify: true } },
      });
      await t.rejects(plane.plane.apply(missing), { message: /^pool pool: TLS: .*none\.pem: open ENOENT$/ });
      t.same(plane.address, before);
      t.equal(await askOnce(t, plane.address), "END");
    },
  );

  t.test("files that vanish after the check fail the requests, not the thread", async (t) => {
    const folder = await tempDir(t);
    const { ca } = makeSignedCertificate(folder, "server", ["DNS:cache.test"]);
    const copy = join(folder, "copy.pem");
    copyFileSync(ca, copy);
    const peer = await ScriptedServer.start(t);
    const { plane } = await startWith(t, peer.address, { pool: { tls: { ca: copy, verify: true } } });
    copyFileSync("/dev/null", copy);
    t.match(await askOnce(t, plane.address), /^SERVER_ERROR connect s0: .*copy\.pem is empty$/);
    t.equal(plane.bufferedBytes, 0);
  });

  t.test(
    "the app: a handshake, requests of any size, and the certificate of the next client after a change",
    async (t) => {
      const folder = await tempDir(t);
      const shown = makeSignedCertificate(folder, "shown", ["DNS:localhost"]);
      const next = makeSignedCertificate(folder, "next", ["DNS:localhost"]);
      const peer = await ScriptedServer.start(t);
      const { clock, plane } = await startWith(t, peer.address, {
        listener: { tls: { cert: shown.cert, key: shown.key } },
      });
      const options = { ca: identityOf({ cert: shown.ca, key: shown.key }).cert, servername: "localhost" };
      const client = new TlsClient(t, plane.address, options);
      peer.answer((request) =>
        request.startsWith("set") ? "STORED\r\n" : `VALUE a 0 300000\r\n${"y".repeat(300_000)}\r\nEND\r\n`,
      );
      await client.exchange("set a 0 0 1\r\nx\r\n", "STORED\r\n");
      await client.exchange(`set a 0 0 300000\r\n${"x".repeat(300_000)}\r\n`, "STORED\r\n");
      await client.exchange("get a\r\n", `VALUE a 0 300000\r\n${"y".repeat(300_000)}\r\nEND\r\n`);
      t.equal(client.shown, "shown");
      copyFileSync(next.key, shown.key);
      copyFileSync(next.cert, shown.cert);
      clock.advance(pollInterval);
      await until(() => plane.logs.some((line) => line.includes("new TLS files are in force")));
      await client.exchange("mn\r\n", "MN\r\n");
      const later = new TlsClient(t, plane.address, {
        ...options,
        ca: identityOf({ cert: next.ca, key: next.key }).cert,
      });
      await later.exchange("mn\r\n", "MN\r\n");
      t.equal(later.shown, "next");
    },
  );

  t.test("the app: a client that never begins a handshake is dropped", async (t) => {
    const shown = makeSignedCertificate(await tempDir(t), "shown", ["DNS:localhost"]);
    const peer = await ScriptedServer.start(t);
    const { clock, plane } = await startWith(t, peer.address, {
      listener: { tls: { cert: shown.cert, key: shown.key } },
    });
    const client = await WireClient.connect(plane.address);
    t.teardown(() => client.close());
    await until(() => plane.plane.load().connections === 1);
    clock.advance(9_000);
    t.equal(plane.plane.load().connections, 1);
    clock.advance(2_000);
    await client.expectClose();
    await until(() => plane.plane.load().connections === 0);
  });

  t.test("the app: with client_ca, only a client whose certificate it has signed is served", async (t) => {
    const folder = await tempDir(t);
    const shown = makeSignedCertificate(folder, "shown", ["DNS:localhost"]);
    const app = makeSignedCertificate(folder, "app", ["DNS:app.test"]);
    const stranger = makeSignedCertificate(folder, "stranger", ["DNS:app.test"]);
    const peer = await ScriptedServer.start(t);
    const { plane } = await startWith(t, peer.address, {
      listener: { tls: { cert: shown.cert, key: shown.key, client_ca: app.ca } },
    });
    const options = { ca: identityOf({ cert: shown.ca, key: shown.key }).cert, servername: "localhost" };
    const good = new TlsClient(t, plane.address, { ...options, ...identityOf(app) });
    await good.exchange("mn\r\n", "MN\r\n");
    for (const [who, more] of [
      ["without a certificate", {}],
      ["with a stranger's certificate", identityOf(stranger)],
    ] as const) {
      const bad = new TlsClient(t, plane.address, { ...options, ...more });
      bad.socket.write("set evil 0 0 1\r\nx\r\nmn\r\n");
      await until(() => bad.inbox.ended !== null);
      t.equal(bad.inbox.bytes.length, 0, who);
    }
    t.same(peer.requests, [], "nothing of theirs has reached a server");
    const block = plane.block("listener", "cache");
    t.equal(block[LISTENER.rejectedConnections + rejectReason.tls], 2);
    await until(() => block[LISTENER.openConnections] === 1);
    await good.exchange("mn\r\n", "MN\r\n");
  });

  t.test("the app: plain text to a TLS port ends that connection only", async (t) => {
    const folder = await tempDir(t);
    const shown = makeSignedCertificate(folder, "shown", ["DNS:localhost"]);
    const peer = await ScriptedServer.start(t);
    const { plane } = await startWith(t, peer.address, {
      listener: { tls: { cert: shown.cert, key: shown.key } },
    });
    const plain = await WireClient.connect(plane.address);
    await plain.send("get a\r\n");
    await until(() => plain.ended !== null);
    const block = plane.block("listener", "cache");
    t.equal(block[LISTENER.rejectedConnections + rejectReason.tls], 1);
    const options = { ca: identityOf({ cert: shown.ca, key: shown.key }).cert, servername: "localhost" };
    await new TlsClient(t, plane.address, options).exchange("mn\r\n", "MN\r\n");
  });

  t.test("a reload turns TLS on and off at the same port, and clients that are connected stay", async (t) => {
    const folder = await tempDir(t);
    const shown = makeSignedCertificate(folder, "shown", ["DNS:localhost"]);
    const peer = await ScriptedServer.start(t);
    const { plane } = await startWith(t, peer.address, {});
    const plain = await WireClient.connect(plane.address);
    t.teardown(() => plain.close());
    await plain.exchange("mn\r\n", "MN\r\n");
    const tls = { cert: shown.cert, key: shown.key };
    await plane.plane.apply(planeSnapshot([peer.address], { listener: { tls } }));
    await plain.exchange("mn\r\n", "MN\r\n");
    const options = { ca: identityOf({ cert: shown.ca, key: shown.key }).cert, servername: "localhost" };
    const secret = new TlsClient(t, plane.address, options);
    await secret.exchange("mn\r\n", "MN\r\n");
    const broken = planeSnapshot([peer.address], {
      listener: { tls: { ...tls, cert: join(folder, "none.crt") } },
    });
    await t.rejects(plane.plane.apply(broken), {
      message: /^listener cache: TLS: .*none\.crt: open ENOENT$/,
    });
    await new TlsClient(t, plane.address, options).exchange("mn\r\n", "MN\r\n");
    await plane.plane.apply(planeSnapshot([peer.address]));
    await secret.exchange("mn\r\n", "MN\r\n");
    const again = await WireClient.connect(plane.address);
    t.teardown(() => again.close());
    await again.exchange("mn\r\n", "MN\r\n");
  });
}
