/** Connections to servers behind TLS are kept: the socket says only after the answer that the request has gone. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import t from "tap";
import { HTTP_LISTENER } from "../../src/observe/metric-layout.ts";
import { makeCertificate } from "../support/certificates.ts";
import { get, ok, request } from "../support/http-messages.ts";
import { setUpHttp, startHttpPlane } from "../support/http-plane.ts";
import { needs } from "../support/needs.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import { tempDir } from "../support/temp-dir.ts";
import { identityOf } from "../support/tls-peers.ts";
import { until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";

t.test("requests one after another share a connection", async (t) => {
  if (!needs(t, "openssl")) return;
  const files = makeCertificate(await tempDir(t), "server", ["DNS:app.test"]);
  const worker = new Worker(new URL("./tls-server-worker.ts", import.meta.url), {
    workerData: identityOf(files),
  });
  t.teardown(() => worker.terminate());
  const [port] = (await once(worker, "message")) as [number];
  const tls = { ca: files.cert, server_name: "app.test", verify: true };
  const plane = await startHttpPlane(t, [{ host: "127.0.0.1", port }], { pool: { tls } });
  expectNothingBuffered(t, plane);
  const client = await WireClient.connect(plane.address);
  t.teardown(() => client.close());
  for (let i = 0; i < 100; i++) {
    await client.exchange(get(), ok("x"));
    await until(
      () => plane.serverCount("idleConnections") === 1 || plane.serverCount("openConnections") === 0,
    );
  }
  t.equal(plane.serverCount("connects"), 1);
  t.equal(plane.serverCount("requests"), 100);
});

t.test(
  "a server that has answered and takes no more of the request is given up when it has rested",
  async (t) => {
    const ask = request("POST", "/", "Content-Length: 24000000") + "x".repeat(24_000_000);
    const { clock, peer, plane, connect } = await setUpHttp(t, {
      http: { idle_timeout: 4_000, body_timeout: 0 },
      listener: { body_timeout: 0 },
      limits: { buffer: 1 << 26 },
    });
    const client = await connect();
    void client.send(ask);
    const server = await peer.nextConnection();
    await server.readUntil("\r\n\r\n");
    server.pause();
    const read = () => plane.block("httpListener", "web")[HTTP_LISTENER.readBytes]!;
    await until(() => read() === ask.length, "the whole request has come");
    await server.send(ok("no"));
    await client.expect(ok("no"));
    t.equal(plane.serverCount("openConnections"), 1);
    t.equal(plane.serverCount("idleConnections"), 0, "another request would have to wait");
    clock.advance(3_000);
    t.equal(plane.serverCount("openConnections"), 1);
    clock.advance(2_000);
    t.equal(plane.serverCount("openConnections"), 0);
  },
);
