/** Clients of others: curl and h2load. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import t from "tap";
import { startHttpPlane } from "../support/http-plane.ts";
import { answerWith, startHttp2Peer, whole } from "../support/http2-peers.ts";
import { findProgram, needs } from "../support/needs.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import type { Teardown } from "../support/teardown.ts";

const run = promisify(execFile);

async function setUp(t: Teardown) {
  const answer = Buffer.alloc(10_000, "x");
  const peer = await startHttp2Peer(
    t,
    whole(({ stream, body }) =>
      answerWith(stream, { ":status": 200 }, body.length > 0 ? String(body.length) : answer),
    ),
  );
  const plane = await startHttpPlane(t, [peer.address], { listener: { http2: true }, http: { version: 2 } });
  expectNothingBuffered(t, plane);
  const { host, port } = plane.address as { host: string; port: number };
  return { plane, url: `http://${host}:${port}/` };
}

t.test("curl", async (t) => {
  if (!needs(t, "curl")) return;
  const { url } = await setUp(t);
  const curl = findProgram("curl")!;

  await t.test("with prior knowledge", async (t) => {
    const format = "%{http_version} %{http_code} %{size_download}";
    const args = ["-sS", "--http2-prior-knowledge", "-o", "/dev/null", "-w", format, url];
    t.equal((await run(curl, args)).stdout, "2 200 10000");
  });

  await t.test("a body", async (t) => {
    const args = ["-sS", "--http2-prior-knowledge", "--data-binary", "x".repeat(50_000), url];
    t.equal((await run(curl, args)).stdout, "50000");
  });

  await t.test("HTTP/1.1, which offers an upgrade to HTTP/2", async (t) => {
    const args = ["-sS", "--http2", "-o", "/dev/null", "-w", "%{http_version} %{http_code}", url];
    t.equal((await run(curl, args)).stdout, "1.1 200");
  });
});

t.test("h2load", async (t) => {
  if (!needs(t, "h2load")) return;
  const { plane, url } = await setUp(t);
  const { stdout } = await run(findProgram("h2load")!, ["-n", "1000", "-c", "5", "-m", "20", url]);
  t.match(stdout, /1000 done, 1000 succeeded, 0 failed, 0 errored, 0 timeout/);
  t.equal(plane.serverCount("requests"), 1000);
  t.equal(plane.serverCount("requestsInFlight"), 0);
});
