// Does the echo server say what it saw?
import { createHash } from "node:crypto";
import t from "tap";
import { type EchoAnswer, startHttpEcho } from "../../src/embedded/http-echo.ts";

const echo = await startHttpEcho({ name: "echo-1" });
t.teardown(() => echo.close());
if ("path" in echo.address) throw new Error("expected a port");
const base = `http://127.0.0.1:${echo.address.port}`;

await t.test("a request without a body", async (t) => {
  const response = await fetch(`${base}/some/path?q=1`, { headers: { "X-User-Id": "42" } });
  const answer = (await response.json()) as EchoAnswer;
  t.equal(response.headers.get("content-type"), "application/json");
  t.match(answer, {
    server: "echo-1",
    method: "GET",
    path: "/some/path?q=1",
    headers: { "x-user-id": "42" },
  });
  t.same(answer.body, { bytes: 0, sha256: createHash("sha256").digest("hex") });
});

await t.test("a request with a body", async (t) => {
  const body = "x".repeat(300_000);
  const response = await fetch(base, { method: "PUT", body });
  const answer = (await response.json()) as EchoAnswer;
  t.equal(answer.method, "PUT");
  t.same(answer.body, { bytes: 300_000, sha256: createHash("sha256").update(body).digest("hex") });
});
