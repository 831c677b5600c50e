/** A server that answers before it has the whole request, and closes: what it has said is used before the end is. */
import { once } from "node:events";
import { setImmediate } from "node:timers";
import { Worker } from "node:worker_threads";
import t from "tap";
import { makeCertificate } from "../support/certificates.ts";
import { head, ok, request } from "../support/http-messages.ts";
import { askAndWait, type HttpPlaneOptions, startHttpPlane } from "../support/http-plane.ts";
import { needs } from "../support/needs.ts";
import { tempDir } from "../support/temp-dir.ts";
import { identityOf } from "../support/tls-peers.ts";
import { turns, until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";

const upload = `${request("POST", "/", "Content-Length: 1000000")}begin`;
const refusal = `${head("HTTP/1.1 413 Content Too Large", "Content-Length: 9", "Connection: close")}too large`;
const eject = {
  failures: 1,
  window: 10_000,
  backoff: 1_000,
  max_backoff: 8_000,
  max_percent: 50,
  on_eject: "rehash",
} as const;
const options: HttpPlaneOptions = { pool: { eject } };

t.test("a refusal lies in the socket when the next write fails", async (t) => {
  for (const way of ["reset", "close"] as const) {
    await t.test(way, async (t) => {
      const { client, server, plane } = await askAndWait(t, options, upload);
      await turns(1);
      // Podmate reads it in the next turn of the event loop, and writes it at the end of that: right after what stands here.
      void client.send(Buffer.alloc(100_000));
      setImmediate(() => {
        void server.send(refusal);
        server[way]();
      });
      await client.expect(refusal);
      await client.waitForEnd();
      await until(() => plane.serverCount("openConnections") === 0);
      t.equal(plane.upstreamErrors("connection_lost"), 0);
      t.notOk(plane.reports.some(({ state }) => state === "failing"));
      t.same(plane.logs, []);
    });
  }
});

t.test("without one, the client gets a 502, and the server no blame", async (t) => {
  const { client, server, plane, peer, connect } = await askAndWait(t, options, upload);
  await turns(1);
  void client.send(Buffer.alloc(100_000));
  setImmediate(() => server.reset());
  t.match(await client.readUntil("\r\n\r\n"), /^HTTP\/1.1 502 /);
  t.notOk(plane.reports.some(({ state }) => state === "failing"));
  peer.answer(() => ok("x"));
  const other = await connect();
  await other.exchange(request("GET", "/"), ok("x"));
});

t.test("an answer that ends with the connection is whole where nothing more can be written", async (t) => {
  const { client, server } = await askAndWait(t, options, upload);
  await turns(1);
  void client.send(Buffer.alloc(100_000));
  setImmediate(() => {
    void server.send(`${head("HTTP/1.1 413 Content Too Large", "Connection: close")}too large`);
    server.close();
  });
  await client.expect(
    head("HTTP/1.1 413 Content Too Large", "Transfer-Encoding: chunked", "Connection: close"),
  );
  await client.expect("9\r\ntoo large\r\n0\r\n\r\n");
});

t.test("behind TLS, too, a refusal is used", async (t) => {
  if (!needs(t, "openssl")) return;
  const files = makeCertificate(await tempDir(t), "server", ["DNS:app.test"]);
  const worker = new Worker(new URL("./tls-refusing-worker.ts", import.meta.url), {
    workerData: { identity: identityOf(files), refusal },
  });
  t.teardown(() => worker.terminate());
  const [port] = (await once(worker, "message")) as [number];
  const tls = { ca: files.cert, server_name: "app.test", verify: true };
  const plane = await startHttpPlane(t, [{ host: "127.0.0.1", port }], { pool: { tls, eject } });
  for (let i = 0; i < 40; i++) {
    const client = await WireClient.connect(plane.address);
    void client.send(Buffer.concat([Buffer.from(upload), Buffer.alloc(900_000)]));
    await client.expect(refusal);
    client.close();
  }
  t.notOk(plane.reports.some(({ state }) => state === "failing"));
});
