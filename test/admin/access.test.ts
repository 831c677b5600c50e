import { execFileSync } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { type ChangeEntry, changeRate } from "../../src/admin/access.ts";
import { askFineAdmin } from "../support/admin-client.ts";
import { tempDir } from "../support/temp-dir.ts";

/** Makes a request look as if it came from outside of the pod. */
const outside = { "x-forwarded-for": "10.0.0.7" };
const token = "a-token-of-some-length";
const other = "another-one-of-some-length";
const bearing = (token: string) => ({ ...outside, authorization: `Bearer ${token}` });

t.test("a change from elsewhere needs the token, and the file decides each time which that is", async (t) => {
  const token_file = join(await tempDir(t), "token");
  const errors: Error[] = [];
  const access = {
    settings: () => ({ token_file, hosts: [] }),
    noTokens: (error: Error) => errors.push(error),
  };
  const ask = await askFineAdmin(t, { access });
  const status = async (headers: Record<string, string>) =>
    (await ask("POST", "/config/reload", { headers })).status;

  await writeFile(token_file, `${token}\n`);
  t.equal(await status(bearing(token)), 200);
  t.equal(await status({ ...bearing(token), host: "podmate.shop.svc", origin: "https://ops.example" }), 200);
  t.equal(await status(bearing(other)), 401);
  t.equal(await status({ ...outside, authorization: `Basic ${token}` }), 401);
  t.match(await ask("POST", "/config/reload", { headers: outside }), {
    status: 401,
    headers: { "www-authenticate": 'Bearer realm="podmate"', "content-type": /problem\+json/ },
  });
  t.equal(await status({}), 200, "none is needed on loopback");

  await writeFile(token_file, `${other}\n${token}\n`);
  t.same([await status(bearing(token)), await status(bearing(other))], [200, 200], "both, while exchanged");
  await writeFile(token_file, other);
  t.same([await status(bearing(token)), await status(bearing(other))], [401, 200], "then the new one only");

  await writeFile(token_file, "");
  t.equal(await status(bearing("")), 401);
  await rm(token_file);
  t.equal(await status(bearing(other)), 401, "where it cannot be read, none counts");
  execFileSync("mkfifo", [token_file]);
  t.equal(await status(bearing(other)), 401, "and nobody waits for a pipe");
  t.match(errors, [{ code: "ENOENT" }, { message: "it is no regular file" }]);
});

t.test("where none is configured, no token helps", async (t) => {
  const ask = await askFineAdmin(t);
  t.match(await ask("PUT", "/config", { headers: { ...bearing(token), "if-match": "*" } }), {
    status: 403,
    json: { detail: "changes are taken from loopback only, not through a proxy" },
  });
  t.match(await ask("GET", "/config", { headers: bearing(token) }), { status: 200 });
});

t.test("what is read is refused under a foreign name; probes and metrics are not", async (t) => {
  const settings = () => ({ token_file: null, hosts: ["podmate.shop.svc"] });
  const ask = await askFineAdmin(t, { access: { settings } });
  const evil = { host: "evil.example:9901" };
  for (const path of ["/config", "/pools", "/openapi.json"]) {
    t.match(await ask("GET", path, { headers: evil }), { status: 403, json: { title: "Forbidden" } }, path);
  }
  t.match(await ask("GET", "/config", { headers: { host: "podmate.shop.svc:9901" } }), { status: 200 });
  for (const path of ["/live", "/ready", "/metrics"]) {
    t.match(await ask("GET", path, { headers: evil }), { status: 200 }, path);
  }
});

t.test("an image of a foreign page starts no profile, and follows no log", async (t) => {
  const ask = await askFineAdmin(t, { debug: { cpuProfile: () => t.fail("must not be called") as never } });
  const image = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" };
  for (const path of ["/debug/pprof/profile", "/debug/heap-snapshot", "/logs?follow", "/config"]) {
    t.match(await ask("GET", path, { headers: image }), { status: 403, json: { title: "Forbidden" } }, path);
  }
  const link = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
  t.match(await ask("GET", "/", { headers: link }), { status: 200 });
  t.match(await ask("GET", "/debug/pprof/profile", { headers: link }), { status: 403 });
});

t.test("answers are kept by no cache, and read as nothing but what they are", async (t) => {
  const ask = await askFineAdmin(t);
  const expected = { "cache-control": "no-store", "x-content-type-options": "nosniff" };
  for (const path of ["/config", "/logs", "/nowhere"]) {
    t.match(await ask("GET", path), { headers: expected }, path);
  }
  t.match(await ask("GET", "/"), { headers: { ...expected, "cache-control": "no-cache" } });
});

t.test("nobody's body is read before it is clear that they may", async (t) => {
  const ask = await askFineAdmin(t, { config: { put: () => t.fail("must not be called") as never } });
  const body = "x".repeat(2 ** 20 + 1);
  t.match(await ask("PUT", "/config", { headers: { ...outside, "if-match": "*" }, body }), { status: 403 });
});

t.test(
  "changes that come too fast are told when to come again, on loopback and elsewhere apart",
  async (t) => {
    const token_file = join(await tempDir(t), "token");
    await writeFile(token_file, token);
    let now = 0;
    const access = { settings: () => ({ token_file, hosts: [] }), now: () => now };
    const ask = await askFineAdmin(t, { access });
    const post = (headers: Record<string, string> = {}) => ask("POST", "/config/reload", { headers });
    for (let n = 0; n < changeRate.burst; n++) await post();
    t.match(await post(), {
      status: 429,
      headers: { "retry-after": "1" },
      json: { title: "Too many requests" },
    });
    t.match(await post(bearing(token)), { status: 200 });
    t.match(await ask("GET", "/config"), { status: 200 }, "what is read is not counted");
    now += 1000 / changeRate.perSecond;
    t.same([(await post()).status, (await post()).status], [200, 429]);
  },
);

t.test("who is refused takes nothing from those who may", async (t) => {
  const ask = await askFineAdmin(t);
  for (let n = 0; n <= changeRate.burst; n++) await ask("POST", "/config/reload", { headers: outside });
  t.match(await ask("POST", "/config/reload"), { status: 200 });
});

t.test("every change is told of, with who asked for it and what came of it", async (t) => {
  const entries: ChangeEntry[] = [];
  const ask = await askFineAdmin(t, { access: { changed: (entry) => entries.push(entry) } });
  await ask("GET", "/config");
  await ask("POST", "/config/rollback?version=2");
  await ask("PUT", "/config");
  await ask("POST", "/config/reload", { headers: outside });
  await ask("POST", "/nothing/here");
  t.match(entries, [
    { method: "POST", route: "/config/rollback", status: 200, from: "127.0.0.1", allowed: "loopback" },
    { method: "PUT", route: "/config", status: 428, allowed: "loopback" },
    { method: "POST", route: "/config/reload", status: 403, allowed: "no" },
    { method: "POST", route: "unknown", status: 404, allowed: "loopback" },
  ]);
  t.equal(entries.length, 4);
});
