/** Real calls of gRPC through podmate: every kind of stream, errors in trailers, deadlines and metadata. */

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { credentials, Metadata, ServerCredentials, status } from "@grpc/grpc-js";
import t, { type Test } from "tap";
import type { Address } from "../../src/core/address.ts";
import { makeCertificate } from "../support/certificates.ts";
import { freePort } from "../support/free-port.ts";
import { GrpcClient, startGrpcServer } from "../support/grpc-echo.ts";
import { type HttpPlaneOptions, startHttpPlane } from "../support/http-plane.ts";
import { needs } from "../support/needs.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import type { Teardown } from "../support/teardown.ts";
import { tempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";

type Port = { readonly host: string; readonly port: number };

async function start(t: Teardown, servers: readonly Address[], options: HttpPlaneOptions = {}) {
  const plane = await startHttpPlane(t, servers, {
    ...options,
    listener: { http2: true, ...options.listener },
    http: { version: 2, ...options.http },
  });
  expectNothingBuffered(t, plane);
  return plane;
}

async function testCalls(t: Test, client: GrpcClient): Promise<void> {
  await t.test("unary, with metadata both ways", async (t) => {
    const metadata = new Metadata();
    metadata.add("echo", "one");
    metadata.add("echo", "two");
    const answer = await client.call("unary", [Buffer.from("hello")], { metadata });
    if (!answer.ok) throw answer.error;
    t.equal(Buffer.concat(answer.messages).toString(), "hello");
    t.equal(answer.head?.get("echo-head").join(", "), "one, two");
    t.equal(answer.trailers.get("echo-trailer").join(", "), "one, two");
    t.same(answer.trailers.get("blob-bin"), [Buffer.from([0, 255, 1])]);
  });

  await t.test("a large message", async (t) => {
    const message = randomBytes(3_000_000);
    const answer = await client.call("unary", [message]);
    t.ok(answer.ok && Buffer.concat(answer.messages).equals(message));
  });

  await t.test("client streaming", async (t) => {
    const parts = Array.from({ length: 100 }, (_, i) => Buffer.from(`part ${i};`));
    const answer = await client.call("collect", parts);
    t.equal(Buffer.concat(answer.messages).toString(), Buffer.concat(parts).toString());
  });

  await t.test("server streaming", async (t) => {
    const answer = await client.call("repeat", [Buffer.from("n")]);
    t.same(
      answer.messages.map(String),
      Array.from({ length: 50 }, (_, i) => `n${i}`),
    );
  });

  await t.test("streaming both ways: each message goes before the next is sent", async (t) => {
    const call = client.chat();
    for (let i = 0; i < 5; i++) {
      call.write(Buffer.from(`m${i}`));
      const [echo] = (await once(call, "data")) as [Buffer];
      t.equal(echo.toString(), `m${i}`);
    }
    call.end();
    call.resume();
    const [end] = await once(call, "status");
    t.equal(end.code, status.OK);
  });

  await t.test("an error is in the trailers", async (t) => {
    const answer = await client.call("fail", [Buffer.from("x")]);
    t.notOk(answer.ok);
    if (answer.ok) return;
    t.equal(answer.error.code, status.NOT_FOUND);
    t.equal(answer.error.details, "no such thing: 100 %");
    t.same(answer.error.metadata.get("why"), ["because"]);
  });

  await t.test("an error after messages", async (t) => {
    const answer = await client.call("failLate", [Buffer.from("x")]);
    t.equal(answer.ok ? "ok" : answer.error.code, status.DATA_LOSS);
    t.same(answer.messages.map(String), ["one"]);
  });
}

t.test("h2c on both sides", async (t) => {
  const plane = await start(t, [await startGrpcServer(t)]);
  const client = new GrpcClient(t, plane.address as Port);
  await testCalls(t, client);
  t.equal(plane.serverCount("connects"), 1, "all calls share a connection");

  await t.test("a deadline frees the server's stream", async (t) => {
    const answer = await client.call("hang", [Buffer.from("x")], { deadline: new Date(Date.now() + 200) });
    t.equal(answer.ok ? "ok" : answer.error.code, status.DEADLINE_EXCEEDED);
    await until(() => plane.serverCount("requestsInFlight") === 0);
    t.equal(plane.listenerCount("requestsInFlight"), 0);
  });
});

t.test("TLS on both sides", async (t) => {
  if (!needs(t, "openssl")) return;
  const folder = await tempDir(t);
  const certificate = makeCertificate(folder, "grpc", ["DNS:localhost", "IP:127.0.0.1"]);
  const [cert, key] = [readFileSync(certificate.cert), readFileSync(certificate.key)];
  const access = ServerCredentials.createSsl(null, [{ cert_chain: cert, private_key: key }]);
  const plane = await start(t, [await startGrpcServer(t, access)], {
    listener: { tls: { cert: certificate.cert, key: certificate.key } },
    pool: { tls: { ca: certificate.cert, server_name: "localhost", verify: true } },
  });
  await testCalls(
    t,
    new GrpcClient(t, plane.address as Port, credentials.createSsl(cert), {
      "grpc.ssl_target_name_override": "localhost",
    }),
  );
});

t.test("podmate's own answers are statuses of gRPC", async (t) => {
  await t.test("UNAVAILABLE where the server cannot be reached", async (t) => {
    const plane = await start(t, [{ host: "127.0.0.1", port: await freePort() }]);
    const answer = await new GrpcClient(t, plane.address as Port).call("unary", [Buffer.from("x")]);
    if (answer.ok) throw new Error("answered");
    t.equal(answer.error.code, status.UNAVAILABLE);
    t.equal(answer.error.details, "The server cannot be reached");
    t.same(answer.error.metadata.get("podmate-error"), ["connect"]);
  });

  await t.test("DEADLINE_EXCEEDED where the server does not answer in time", async (t) => {
    const plane = await start(t, [await startGrpcServer(t)], { route: { timeout: 100 } });
    const answer = await new GrpcClient(t, plane.address as Port).call("hang", [Buffer.from("x")]);
    t.equal(answer.ok ? "ok" : answer.error.code, status.DEADLINE_EXCEEDED);
  });

  await t.test("UNIMPLEMENTED where no route takes the call", async (t) => {
    const plane = await start(t, [await startGrpcServer(t)], { route: { path: "/other" } });
    const answer = await new GrpcClient(t, plane.address as Port).call("unary", [Buffer.from("x")]);
    t.equal(answer.ok ? "ok" : answer.error.code, status.UNIMPLEMENTED);
  });
});
