/** HTTP listeners with TLS whose certificate changes while connections live. */

import { once } from "node:events";
import { copyFileSync, writeFileSync } from "node:fs";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import type { TLSSocket } from "node:tls";
import t, { type Test } from "tap";
import { formatAddress } from "../../src/core/address.ts";
import { pollInterval } from "../../src/upstream/tls-files.ts";
import { makeCertificate, makeSignedCertificate } from "../support/certificates.ts";
import { get, ok } from "../support/http-messages.ts";
import { type HttpPlaneOptions, httpSnapshot, setUpHttp } from "../support/http-plane.ts";
import { needs } from "../support/needs.ts";
import { tempDir } from "../support/temp-dir.ts";
import { identityOf, TlsClient } from "../support/tls-peers.ts";
import { until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";

/** A listener with a certificate that may be replaced in place. */
async function setUp(t: Test, listener: HttpPlaneOptions["listener"] = {}) {
  const folder = await tempDir(t);
  const shown = makeCertificate(folder, "first", ["DNS:localhost"]);
  const tls = { cert: shown.cert, key: shown.key };
  // Files that are replaced are copied to these paths, so the first identity is kept aside.
  const first = identityOf(shown);
  // The clock is moved by a minute at once.
  const patient = { body_timeout: 0 };
  const set = await setUpHttp(t, { listener: { tls, ...patient, ...listener }, http: patient });
  const { clock, plane, peer } = set;
  const connect = (ca: Buffer) => new TlsClient(t, plane.address, { ca, servername: "localhost" });
  const replace = (cert: string, key: string): void => {
    copyFileSync(key, shown.key);
    copyFileSync(cert, shown.cert);
  };
  /** Waits until the files have been read, and what came of it is in the log. */
  const expectLogged = async (text: string): Promise<void> => {
    clock.advance(pollInterval);
    await until(() => plane.logs.some((line) => line.includes(text)), text);
  };
  return { ...set, folder, shown, tls, first, peer, connect, replace, expectLogged };
}

if (needs(t, "openssl")) {
  t.test("the next connection gets the new certificate; those that stand go on with theirs", async (t) => {
    const { peer, first, folder, connect, replace, expectLogged } = await setUp(t);
    const next = makeCertificate(folder, "second", ["DNS:localhost"]);
    const early = connect(first.cert);
    await once(early.socket, "secureConnect");
    early.socket.write(get("/a"));
    const server = await peer.nextConnection();
    await server.expect(get("/a"));
    await server.send("HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n");
    await early.inbox.waitFor("\r\n\r\n");
    replace(next.cert, next.key);
    await expectLogged("new TLS files are in force");
    await server.send("x".repeat(200_000));
    await early.inbox.expect("x".repeat(200_000));
    early.socket.write(get("/b"));
    await server.expect(get("/b"));
    await server.send(ok("b"));
    await early.inbox.expect(ok("b"));
    t.equal(early.shown, "first");

    peer.answer(() => ok("c"));
    const late = connect(identityOf(next).cert);
    await late.exchange(get("/c"), ok("c"));
    t.equal(late.shown, "second");
    const stale = connect(first.cert);
    await until(() => stale.inbox.ended !== null);
    t.match(stale.inbox.ended, /SELF_SIGNED|certificate/i, "who trusts the old one only is not served");
    await early.exchange(get("/d"), ok("c"));
  });

  t.test("files of no use leave the old certificate in force, and it is said once", async (t) => {
    const { clock, plane, peer, first, folder, shown, connect, replace, expectLogged } = await setUp(t);
    peer.answer(() => ok("x"));
    const other = makeCertificate(folder, "other", ["DNS:localhost"]);
    const early = connect(first.cert);
    await early.exchange(get(), ok("x"));
    const ofNoUse = () => plane.logs.filter((line) => line.includes("are of no use"));
    // A certificate and the key of another one; then half a file.
    copyFileSync(other.cert, shown.cert);
    await expectLogged("are of no use");
    await connect(first.cert).exchange(get(), ok("x"));
    const { length } = ofNoUse();
    clock.advance(pollInterval);
    await connect(first.cert).exchange(get(), ok("x"));
    t.equal(ofNoUse().length, length);
    writeFileSync(shown.cert, identityOf(other).cert.subarray(0, 100));
    clock.advance(pollInterval);
    await until(() => ofNoUse().length > length);
    await connect(first.cert).exchange(get(), ok("x"));
    replace(other.cert, other.key);
    await expectLogged("new TLS files are in force");
    const late = connect(identityOf(other).cert);
    await late.exchange(get(), ok("x"));
    t.equal(late.shown, "other");
    await early.exchange(get(), ok("x"));
  });

  t.test("HTTP/2: a session that stands goes on, the next one is shown the new certificate", async (t) => {
    const { plane, peer, first, folder, replace, expectLogged } = await setUp(t, { http2: true });
    peer.answer(() => ok("x"));
    const open = async (ca: Buffer): Promise<ClientHttp2Session> => {
      const session = connectHttp2(`https://${formatAddress(plane.address)}`, {
        ca,
        servername: "localhost",
      });
      t.teardown(() => session.destroy());
      await once(session, "connect");
      return session;
    };
    const ask = async (session: ClientHttp2Session): Promise<number> => {
      const stream = session.request({ ":path": "/" });
      const [head] = (await once(stream, "response")) as [{ ":status": number }];
      stream.resume();
      await once(stream, "end");
      return head[":status"];
    };
    const shownTo = (session: ClientHttp2Session) =>
      (session.socket as TLSSocket).getPeerCertificate().subject.CN;
    const early = await open(first.cert);
    t.equal(await ask(early), 200);
    const next = makeCertificate(folder, "second", ["DNS:localhost"]);
    replace(next.cert, next.key);
    await expectLogged("new TLS files are in force");
    t.equal(await ask(early), 200);
    const late = await open(identityOf(next).cert);
    t.equal(await ask(late), 200);
    t.same([shownTo(early), shownTo(late)], ["first", "second"]);
    t.equal(plane.listenerCount("openConnections"), 2);
  });

  t.test("a reload turns TLS on and off at the same port, and clients that are connected stay", async (t) => {
    const { plane, peer, first, tls, folder, connect } = await setUp(t, { tls: null });
    peer.answer(() => ok("x"));
    const apply = (listener: HttpPlaneOptions["listener"]) =>
      plane.plane.apply(httpSnapshot([peer.address], listener === undefined ? {} : { listener }));
    const openPlain = async (): Promise<WireClient> => {
      const client = await WireClient.connect(plane.address);
      t.teardown(() => client.close());
      return client;
    };
    const plain = await openPlain();
    await plain.exchange(get(), ok("x"));
    await apply({ tls });
    await plain.exchange(get(), ok("x"));
    const secret = connect(first.cert);
    await secret.exchange(get(), ok("x"));
    const bad = { ...tls, cert: `${folder}/none.crt` };
    await t.rejects(apply({ tls: bad }), { message: /^listener web: TLS: .*none\.crt: open ENOENT$/ });
    await connect(first.cert).exchange(get(), ok("x"));
    await apply({});
    await secret.exchange(get(), ok("x"));
    await (await openPlain()).exchange(get(), ok("x"));
  });

  t.test(
    "a CA for clients that a reload brings asks the next client, and lets those connected be",
    async (t) => {
      const { plane, peer, first, tls, folder, connect } = await setUp(t);
      peer.answer(() => ok("x"));
      const app = makeSignedCertificate(folder, "app", ["DNS:app.test"]);
      const early = connect(first.cert);
      await early.exchange(get(), ok("x"));
      await plane.plane.apply(
        httpSnapshot([peer.address], { listener: { tls: { ...tls, client_ca: app.ca } } }),
      );
      await early.exchange(get(), ok("x"));
      const stranger = connect(first.cert);
      stranger.socket.write(get("/evil"));
      await until(() => stranger.inbox.ended !== null);
      t.equal(stranger.inbox.bytes.length, 0);
      const known = new TlsClient(t, plane.address, {
        ca: first.cert,
        servername: "localhost",
        ...identityOf(app),
      });
      await known.exchange(get(), ok("x"));
      t.notOk(peer.requests.some((text) => text.includes("/evil")));
    },
  );
}
