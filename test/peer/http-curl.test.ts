// Does curl get through podmate what it gets from the server itself, in each way that it can ask?
import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import t, { type Test } from "tap";
import { makeCertificate } from "../support/certificates.ts";
import { startHttpApp } from "../support/http-app.ts";
import { type HttpPlaneOptions, startHttpPlane } from "../support/http-plane.ts";
import { needs } from "../support/needs.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import { TestProcess } from "../support/process.ts";
import { tempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";

const document = randomBytes(100_000).toString("base64");

/** A part of the document if one is asked for; to whoever sends a body, what it said and how. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const { "transfer-encoding": coding, "content-length": length, expect } = request.headers;
  if (request.method === "POST" || request.method === "PUT") {
    response.setHeader("x-framing", coding ?? `length ${length}`);
    response.setHeader("x-expect", expect ?? "none");
    request.pipe(response);
    return;
  }
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
  if (from === undefined || to === undefined) {
    response.writeHead(200, { "content-length": document.length, "accept-ranges": "bytes" }).end(document);
    return;
  }
  const part = document.slice(Number(from), Number(to) + 1);
  const range = `bytes ${from}-${to}/${document.length}`;
  response.writeHead(206, { "content-length": part.length, "content-range": range }).end(part);
}

async function setUp(t: Test, listener: HttpPlaneOptions["listener"] = {}) {
  const app = await startHttpApp(t, answer);
  const plane = await startHttpPlane(t, [app.address], { listener });
  expectNothingBuffered(t, plane);
  const { address } = plane;
  return { plane, url: "path" in address ? "http://app.test/" : `http://${address.host}:${address.port}/` };
}

/** What curl has printed; fails if it does not end well. `input` is what it reads from stdin. */
async function curl(t: Test, args: readonly string[], input = ""): Promise<TestProcess> {
  const child = new TestProcess(t, "curl", ["-sS", "-v", "--noproxy", "*", ...args], { input });
  const { code } = await child.exit;
  if (code !== 0) t.fail(child.stderr);
  return child;
}

await t.test("curl", async (t) => {
  if (!needs(t, "curl")) return;
  const { plane, url } = await setUp(t, { http2: true });

  await t.test("GET", async (t) => {
    const { stdout, stderr } = await curl(t, [url]);
    t.ok(stdout === document, "the document as it is");
    t.match(stderr, "< HTTP/1.1 200 OK");
  });

  await t.test("HEAD: the length of the document, and the connection goes on", async (t) => {
    const { stdout, stderr } = await curl(t, ["-I", url, "--next", "-sS", "-v", "-o", "/dev/null", url]);
    t.match(stdout, `Content-Length: ${document.length}`.toLowerCase());
    t.match(stderr, "Re-using existing connection");
  });

  await t.test("a range", async (t) => {
    const { stdout, stderr } = await curl(t, ["-r", "1000-1999", url]);
    t.equal(stdout, document.slice(1000, 2000));
    t.match(stderr, "HTTP/1.1 206 Partial Content");
    t.match(stderr, `content-range: bytes 1000-1999/${document.length}`);
  });

  await t.test("POST that asks first: the server's 100 comes, then the body goes", async (t) => {
    const { stdout, stderr } = await curl(
      t,
      ["-H", "Expect: 100-continue", "--expect100-timeout", "60", "--data-binary", "@-", url],
      document,
    );
    t.ok(stdout === document, "what was sent comes back");
    t.match(stderr, "< HTTP/1.1 100 Continue");
    t.match(stderr, `x-framing: length ${document.length}`);
    t.match(stderr, "x-expect: 100-continue");
  });

  await t.test("an upload of unknown length, from stdin", async (t) => {
    const { stdout, stderr } = await curl(t, ["-T", "-", "-H", "Expect:", url], document);
    t.ok(stdout === document, "what was sent comes back");
    t.match(stderr, "x-framing: chunked");
  });

  await t.test("HTTP/2 by prior knowledge", async (t) => {
    const got = await curl(t, ["--http2-prior-knowledge", url]);
    t.ok(got.stdout === document, "the document as it is");
    t.match(got.stderr, "< HTTP/2 200");
    const sent = await curl(t, ["--http2-prior-knowledge", "--data-binary", "@-", url], document);
    t.ok(sent.stdout === document, "what was sent comes back");
  });

  await t.test("HTTP/1.0", async (t) => {
    const { stdout } = await curl(t, ["--http1.0", url]);
    t.ok(stdout === document, "the document as it is");
  });

  await t.test("a client that leaves in the middle costs nothing that stays", async (t) => {
    const child = new TestProcess(t, "curl", ["-sS", "--limit-rate", "1000", "-o", "/dev/null", url]);
    const requests = plane.serverCount("requests");
    await until(() => plane.serverCount("requests") > requests);
    await child.stop("SIGKILL");
    await until(() => plane.serverCount("requestsInFlight") === 0);
    await until(() => plane.listenerCount("openConnections") === 0);
    t.equal(plane.listenerCount("requestsInFlight"), 0);
  });
});

await t.test("curl over TLS", async (t) => {
  if (!needs(t, "curl") || !needs(t, "openssl")) return;
  const files = makeCertificate(await tempDir(t), "localhost", ["DNS:localhost", "IP:127.0.0.1"]);
  const { url } = await setUp(t, { http2: true, tls: files });
  const secure = url.replace("http:", "https:");

  for (const [version, option] of [
    ["2", "--http2"],
    ["1.1", "--http1.1"],
  ] as const) {
    await t.test(`HTTP/${version}`, async (t) => {
      const args = ["--cacert", files.cert, option];
      const got = await curl(t, [...args, secure]);
      t.ok(got.stdout === document, "the document as it is");
      t.match(got.stderr, `< HTTP/${version} 200`);
      const sent = await curl(t, [...args, "--data-binary", "@-", secure], document);
      t.ok(sent.stdout === document, "what was sent comes back");
    });
  }
});

await t.test("curl over a unix socket", async (t) => {
  if (!needs(t, "curl")) return;
  const path = join(await tempDir(t), "podmate.sock");
  const { url } = await setUp(t, { listen: { path } });
  const got = await curl(t, ["--unix-socket", path, url]);
  t.ok(got.stdout === document, "the document as it is");
  const sent = await curl(t, ["--unix-socket", path, "-T", "-", url], document);
  t.ok(sent.stdout === document, "what was sent comes back");
});
