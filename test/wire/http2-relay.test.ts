/** Messages of HTTP/2, and of both versions mixed: what each side must see. */
import { createHash, randomBytes } from "node:crypto";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import t from "tap";
import type { Address } from "../../src/core/address.ts";
import { startHttpPlane } from "../support/http-plane.ts";
import {
  answerWith,
  fieldOf,
  fieldsOf,
  Http2Client,
  type RawHeaders,
  startHttp2Peer,
  whole,
} from "../support/http2-peers.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import type { Teardown } from "../support/teardown.ts";

type Version = 1 | 2;

interface Question {
  readonly method: string;
  readonly path: string;
  readonly headers?: Record<string, string | string[]>;
  /** Absent: the request ends with its head. */
  readonly body?: Buffer;
  readonly trailers?: Record<string, string>;
}

/** What one side has seen, in a form that both versions have. */
interface Seen {
  readonly interim: number[];
  readonly status: number;
  readonly headers: RawHeaders;
  readonly body: Buffer;
  readonly trailers: RawHeaders;
}

/** Answers with what it has seen: the request's digest as content, its method and path as fields, its trailers as trailers. */
const digest = (body: Buffer) => createHash("sha256").update(body).digest("hex");

async function startServer(t: Teardown, version: Version): Promise<Address> {
  if (version === 2) {
    const peer = await startHttp2Peer(
      t,
      whole(({ stream, headers, body, trailers }) => {
        if (fieldOf(headers, "early") !== undefined)
          stream.additionalHeaders({ ":status": 103, link: "</a>" });
        const status = Number(fieldOf(headers, "status") ?? 200);
        const head = {
          ":status": status,
          method: fieldOf(headers, ":method"),
          path: fieldOf(headers, ":path"),
          "set-cookie": ["a=1", "b=2"],
          cookies: fieldsOf(headers, "cookie").join("|"),
          came: fieldsOf(headers, "via").join("|"),
        };
        if (status === 204) stream.respond(head, { endStream: true });
        else answerWith(stream, head, digest(body), { "x-echo": fieldOf(trailers, "x-end") ?? "none" });
      }),
    );
    return peer.address;
  }
  const server = createServer((incoming, outgoing) => {
    const parts: Buffer[] = [];
    incoming.on("data", (part: Buffer) => parts.push(part));
    incoming.on("end", () => {
      if (incoming.headers["early"] !== undefined) outgoing.writeEarlyHints({ link: "</a>" });
      outgoing.statusCode = Number(incoming.headers["status"] ?? 200);
      outgoing.setHeader("method", incoming.method!);
      outgoing.setHeader("path", incoming.url!);
      outgoing.setHeader("Set-Cookie", ["a=1", "b=2"]);
      outgoing.setHeader("cookies", incoming.headers.cookie ?? "");
      outgoing.setHeader("came", incoming.headers.via ?? "");
      outgoing.flushHeaders();
      if (incoming.method !== "HEAD" && outgoing.statusCode !== 204) {
        outgoing.write(digest(Buffer.concat(parts)));
        outgoing.addTrailers({ "x-echo": incoming.trailers["x-end"] ?? "none" });
      }
      outgoing.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
}

async function ask(t: Teardown, version: Version, address: Address, question: Question): Promise<Seen> {
  const { method, path, headers = {}, body, trailers } = question;
  if (version === 2) {
    const client = await Http2Client.connect(t, address);
    const answer = await client.ask({ ":method": method, ":path": path, ...headers }, body, trailers);
    client.session.close();
    return {
      interim: answer.interim.map((head) => Number(fieldOf(head, ":status"))),
      status: Number(fieldOf(answer.headers, ":status")),
      headers: answer.headers ?? [],
      body: answer.body,
      trailers: answer.trailers ?? [],
    };
  }
  const { host, port } = address as { host: string; port: number };
  return new Promise((resolve, reject) => {
    const interim: number[] = [];
    const chunked = body !== undefined && headers["content-length"] === undefined;
    const framed = { ...headers, ...(chunked && { "transfer-encoding": "chunked" }) };
    const outgoing = request({ host, port, method, path, headers: framed, agent: false }, (incoming) => {
      const parts: Buffer[] = [];
      incoming.on("data", (part: Buffer) => parts.push(part));
      incoming.on("end", () =>
        resolve({
          interim,
          status: incoming.statusCode!,
          headers: incoming.rawHeaders.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text)),
          body: Buffer.concat(parts),
          trailers: incoming.rawTrailers,
        }),
      );
    });
    outgoing.on("information", ({ statusCode }) => interim.push(statusCode));
    outgoing.on("error", reject);
    if (trailers !== undefined) outgoing.addTrailers(trailers);
    outgoing.end(body);
  });
}

for (const [client, server] of [
  [2, 2],
  [2, 1],
  [1, 2],
] as const) {
  t.test(`HTTP/${client} to the client, HTTP/${server} to the server`, async (t) => {
    const address = await startServer(t, server);
    const plane = await startHttpPlane(t, [address], {
      listener: { http2: true },
      forwarded: { via: "me" },
      http: { version: server },
    });
    expectNothingBuffered(t, plane);
    const seen = (question: Question) => ask(t, client, plane.address, question);

    await t.test("a GET", async (t) => {
      const { status, headers, body, trailers } = await seen({ method: "GET", path: "/a%2F/../b?c=d" });
      t.equal(status, 200);
      t.equal(fieldOf(headers, "method"), "GET");
      t.equal(fieldOf(headers, "path"), "/a%2F/../b?c=d");
      t.same(fieldsOf(headers, "set-cookie"), ["a=1", "b=2"]);
      t.equal(body.toString(), digest(Buffer.alloc(0)));
      t.same(trailers, ["x-echo", "none"]);
    });

    for (const length of [0, 1, 16_384, 65_535, 300_000]) {
      const content = randomBytes(length);
      await t.test(`a body of ${length} bytes, its length unknown`, async (t) => {
        const { body, trailers } = await seen({
          method: "POST",
          path: "/",
          body: content,
          trailers: { "x-end": "yes" },
        });
        t.equal(body.toString(), digest(content));
        t.same(trailers, ["x-echo", "yes"]);
      });
      await t.test(`a body of ${length} bytes, its length told`, async (t) => {
        const headers = { "content-length": String(length) };
        const { body } = await seen({ method: "PUT", path: "/", headers, body: content });
        t.equal(body.toString(), digest(content));
      });
    }

    await t.test("early hints", async (t) => {
      const { interim, status } = await seen({ method: "GET", path: "/", headers: { early: "yes" } });
      t.same(interim, [103]);
      t.equal(status, 200);
    });

    await t.test("HEAD and 204 have no content", async (t) => {
      for (const question of [
        { method: "HEAD", path: "/" },
        { method: "GET", path: "/", headers: { status: "204" } },
      ]) {
        const { status, body, trailers } = await seen(question);
        t.equal(status, question.headers === undefined ? 200 : 204);
        t.equal(body.length, 0);
        t.same(trailers, []);
      }
    });

    await t.test("crumbs of a cookie are one cookie", async (t) => {
      const cookie = client === 2 ? ["a=1", "b=2; c=3"] : "a=1; b=2; c=3";
      const { headers } = await seen({ method: "GET", path: "/", headers: { cookie } });
      t.equal(fieldOf(headers, "cookies"), "a=1; b=2; c=3");
    });

    await t.test("Via says in which version each message has come", async (t) => {
      const own = (version: Version) => (version === 2 ? "2.0 me" : "1.1 me");
      const { headers } = await seen({ method: "GET", path: "/" });
      t.equal(fieldOf(headers, "came"), own(client));
      t.equal(fieldOf(headers, "via"), own(server));
      const { headers: second } = await seen({ method: "GET", path: "/", headers: { via: "1.0 other" } });
      t.equal(fieldOf(second, "came"), `1.0 other, ${own(client)}`);
    });

    await t.test("OPTIONS *", async (t) => {
      const { headers } = await seen({ method: "OPTIONS", path: "*" });
      t.equal(fieldOf(headers, "path"), "*");
    });

    t.equal(plane.poolCounter("requestsInFlight"), 0);
    t.equal(plane.serverCount("requestsInFlight"), 0);
    t.equal(plane.listenerCount("requestsInFlight"), 0);
  });
}

t.test("many requests side by side share a connection, and none gets another's answer", async (t) => {
  const peer = await startHttp2Peer(
    t,
    whole(({ stream, headers, body }) =>
      answerWith(stream, { ":status": 200, path: fieldOf(headers, ":path") }, digest(body)),
    ),
    { settings: { maxConcurrentStreams: 20 } },
  );
  const plane = await startHttpPlane(t, [peer.address], {
    listener: { http2: true },
    http: { version: 2 },
    pool: { connections: 2 },
  });
  expectNothingBuffered(t, plane);
  const client = await Http2Client.connect(t, plane.address);
  const bodies = Array.from({ length: 300 }, (_, i) => randomBytes((i * 997) % 50_000));
  await client.ask({ ":path": "/first" });
  await Promise.all(
    bodies.map(async (body, i) => {
      const answer = await client.ask({ ":method": "POST", ":path": `/${i}` }, body);
      t.equal(fieldOf(answer.headers, "path"), `/${i}`);
      t.equal(answer.body.toString(), digest(body));
    }),
  );
  t.ok(peer.sessions.size <= 2, "no more connections than allowed");
  t.equal(plane.serverCount("pendingRequests"), 0);
});
