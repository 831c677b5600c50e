// Does undici, which pipelines, keeps its connections and streams, get everything through podmate in order?
import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import t, { type Test } from "tap";
import { Client, type Dispatcher } from "undici";
import { startHttpApp } from "../support/http-app.ts";
import { type HttpPlaneOptions, startHttpPlane } from "../support/http-plane.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import { until } from "../support/until.ts";

/** `/echo` sends the body back as it comes, and how long it was in a trailer; `/cut` breaks off. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  if (request.url === "/cut") {
    response.writeHead(200, { "content-length": 100 });
    response.write("half", () => response.destroy());
  } else if (request.url === "/early") {
    response.writeEarlyHints({ link: "</style.css>; rel=preload" });
    response.end("late");
  } else if (request.url === "/echo") {
    let length = 0;
    request.on("data", (part: Buffer) => {
      length += part.length;
    });
    response.writeHead(200, { trailer: "x-length" });
    request.on("end", () => response.addTrailers({ "x-length": String(length) }));
    request.pipe(response);
  } else {
    response.end(`${request.method} ${request.url}`);
  }
}

async function setUp(t: Test, pipelining: number, options: HttpPlaneOptions = {}) {
  const apps = await Promise.all([startHttpApp(t, answer), startHttpApp(t, answer)]);
  const plane = await startHttpPlane(
    t,
    apps.map(({ address }) => address),
    options,
  );
  expectNothingBuffered(t, plane);
  const { address } = plane;
  if ("path" in address) throw new Error("not a port");
  const client = new Client(`http://${address.host}:${address.port}`, { pipelining });
  t.teardown(() => client.destroy());
  return { plane, client };
}

async function text(answer: Promise<Dispatcher.ResponseData>): Promise<string> {
  return await (await answer).body.text();
}

await t.test("ten requests ahead, over two servers: answers in order, on one connection", async (t) => {
  const { client, plane } = await setUp(t, 10);
  const paths = Array.from({ length: 200 }, (_, i) => `/${i}`);
  const answers = await Promise.all(paths.map((path) => text(client.request({ method: "GET", path }))));
  t.same(
    answers,
    paths.map((path) => `GET ${path}`),
  );
  t.equal(plane.listenerCount("openConnections"), 1);
  t.equal(plane.serverCount("requests", 0) + plane.serverCount("requests", 1), 200);
  t.equal(plane.serverCount("connects", 0) + plane.serverCount("connects", 1), 2);
});

await t.test("PUT and HEAD among them: bodies and answers without one do not shift", async (t) => {
  const { client, plane } = await setUp(t, 10);
  const answers = await Promise.all(
    Array.from({ length: 60 }, async (_, i) => {
      const path = i % 3 === 0 ? "/echo" : `/${i}`;
      const method = (["PUT", "HEAD", "GET"] as const)[i % 3]!;
      const request = { method, path, body: method === "PUT" ? `body ${i}` : null, idempotent: true };
      return await text(client.request({ ...request, blocking: false }));
    }),
  );
  t.same(
    answers,
    answers.map((_, i) => [`body ${i}`, "", `GET /${i}`][i % 3]),
  );
  t.equal(plane.listenerCount("openConnections"), 1);
});

await t.test("a stream of 20 MB goes both ways at once, with its trailer", async (t) => {
  const { client, plane } = await setUp(t, 1);
  const block = randomBytes(64 * 1024);
  const count = 320;
  async function* blocks() {
    for (let i = 0; i < count; i++) yield block;
  }
  const body = Readable.from(blocks());
  const answer = await client.request({ method: "POST", path: "/echo", body });
  let length = 0;
  let same = true;
  await pipeline(answer.body, async (parts: AsyncIterable<Buffer>) => {
    for await (const part of parts) {
      const at = length % block.length;
      const first = Math.min(part.length, block.length - at);
      same &&= part.subarray(0, first).equals(block.subarray(at, at + first));
      length += part.length;
    }
  });
  t.ok(same, "each part begins as it must");
  t.equal(length, count * block.length);
  t.same(answer.trailers, { "x-length": String(length) });
  await until(() => plane.listenerCount("requestsInFlight") === 0);
});

await t.test("early hints come before the answer", async (t) => {
  const { client } = await setUp(t, 1);
  const hints: unknown[] = [];
  const answer = client.request({
    method: "GET",
    path: "/early",
    onInfo: ({ statusCode, headers }) => hints.push([statusCode, headers]),
  });
  t.equal(await text(answer), "late");
  t.same(hints, [[103, { link: "</style.css>; rel=preload" }]]);
});

await t.test("an answer that breaks off is an error, and the next request is not harmed", async (t) => {
  const { client, plane } = await setUp(t, 1);
  await t.rejects(text(client.request({ method: "GET", path: "/cut" })));
  t.equal(await text(client.request({ method: "GET", path: "/next" })), "GET /next");
  t.equal(plane.listenerCount("requestsInFlight"), 0);
});

await t.test("a request that is given up frees its server", async (t) => {
  const { client, plane } = await setUp(t, 1);
  const stop = new AbortController();
  const endless = new Readable({ read: () => {} });
  endless.on("error", () => {});
  endless.push("the first of it");
  const request = client.request({ method: "POST", path: "/echo", body: endless, signal: stop.signal });
  const inFlight = () => plane.serverCount("requestsInFlight", 0) + plane.serverCount("requestsInFlight", 1);
  await until(() => inFlight() === 1);
  stop.abort();
  await t.rejects(request);
  await until(() => inFlight() === 0);
  t.equal(await text(client.request({ method: "GET", path: "/next" })), "GET /next");
});
