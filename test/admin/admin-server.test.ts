import { join } from "node:path";
import t, { type Test } from "tap";
import { Client } from "undici";
import { startAdmin } from "../../src/admin/admin-server.ts";
import { type Address, formatAddress } from "../../src/core/address.ts";
import { type AdminOverrides, fineAdmin, fineChange, finePool } from "../support/fine-admin.ts";
import { tempDir } from "../support/temp-dir.ts";

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly json: unknown;
}

type Ask = (
  path: string,
  method?: "GET" | "HEAD" | "POST",
  headers?: Record<string, string>,
) => Promise<Answer>;

async function start(t: Test, over: AdminOverrides = {}, listen?: Address): Promise<Ask> {
  const admin = await startAdmin(listen ?? { host: "127.0.0.1", port: 0 }, fineAdmin(over));
  t.teardown(() => admin.close());
  const { address } = admin;
  const client =
    "path" in address
      ? new Client("http://localhost", { socketPath: address.path })
      : new Client(`http://${formatAddress(address)}`);
  t.teardown(() => client.close());
  return async (path, method = "GET", headers = {}) => {
    const { statusCode, headers: got, body } = await client.request({ path, method, headers });
    const text = await body.text();
    const type = String(got["content-type"]);
    return {
      status: statusCode,
      type,
      text,
      json: type.includes("json") && text !== "" ? JSON.parse(text) : null,
    };
  };
}

t.test("probes say yes with 200, and no with 503 and the reasons", async (t) => {
  const ask = await start(t, { probes: { ready: () => ["the daemon is draining"] } });
  t.match(await ask("/live"), { status: 200, json: { live: true, reasons: [] } });
  t.match(await ask("/startup"), { status: 200, json: { started: true } });
  t.match(await ask("/ready"), { status: 503, json: { ready: false, reasons: ["the daemon is draining"] } });
  t.match(await ask("/health"), {
    status: 503,
    json: { healthy: false, reasons: ["the daemon is draining"] },
  });
});

t.test("metrics are asked for in the format that the scraper accepts", async (t) => {
  const ask = await start(t, {
    probes: { metrics: async (format) => ({ type: "text/plain", text: format }) },
  });
  t.match(await ask("/metrics"), { text: "prometheus" });
  t.match(await ask("/metrics", "GET", { accept: "application/openmetrics-text" }), { text: "openmetrics" });
});

t.test("a probe is found by its path alone, and HEAD asks as GET does", async (t) => {
  const ask = await start(t, { probes: { ready: () => ["no worker is alive"] } });
  t.match(await ask("/live/?verbose"), { status: 200, json: { live: true } });
  t.match(await ask("/ready", "HEAD"), { status: 503, text: "" });
});

t.test("a probe that fails inside is a problem, and logged", async (t) => {
  const logged: unknown[] = [];
  const ask = await start(t, {
    probes: { metrics: () => Promise.reject(new Error("a password: hunter2")) },
    log: (fields) => logged.push(fields),
  });
  const { status, type, text } = await ask("/metrics");
  t.equal(status, 500);
  t.match(type, /^application\/problem\+json/);
  t.notMatch(text, "hunter2");
  t.match(logged, [{ err: { message: "a password: hunter2" } }]);
});

t.test("metrics come as text with its own type", async (t) => {
  const ask = await start(t);
  const { status, type, text } = await ask("/metrics");
  t.equal(status, 200);
  t.match(type, /^text\/plain; version=0\.0\.4/);
  t.equal(text, "podmate_build_info 1\n");
});

t.test("what is read: configuration, schema, lifecycle, version", async (t) => {
  const ask = await start(t);
  t.match(await ask("/config"), { status: 200, json: { version: 1 } });
  t.match(await ask("/config/schema"), {
    status: 200,
    type: /^application\/schema\+json/,
    json: { title: "schema" },
  });
  t.match(await ask("/lifecycle"), { json: { state: "ready" } });
  t.match(await ask("/version"), { json: { version: "1.2.3" } });
});

t.test("pools, one pool, one server; what is not there is a problem that names what is", async (t) => {
  const ask = await start(t);
  t.same((await ask("/pools")).json, { pools: [finePool], next: null });
  t.same((await ask("/pools/sessions")).json, finePool);
  t.same((await ask("/pools/sessions/servers/cache-a")).json, finePool.servers[0]);
  t.match(await ask("/pools/nope"), {
    status: 404,
    type: /^application\/problem\+json/,
    json: { status: 404, title: "Not found", detail: 'there is no pool "nope"; there are: sessions' },
  });
  t.match(await ask("/pools/sessions/servers/nope"), { status: 404 });
});

t.test("the most requested keys, of all pools and of one", async (t) => {
  const keys = [{ key: "\\x1b[2J", count: 5, error: 1 }];
  const hot = { pool: "sessions", requests: 9, untracked: 1, keys };
  const ask = await start(t, { pools: { hotKeys: async () => [hot] } });
  t.same((await ask("/hotkeys")).json, { pools: [hot], next: null });
  t.same((await ask("/pools/sessions")).json, { ...finePool, hot_keys: keys });
});

t.test("a key's owner, and the whole ring", async (t) => {
  const ask = await start(t);
  t.match(await ask("/ring/sessions?key=a%20b"), {
    status: 200,
    json: { key: "a b", owner: { server: "cache-a" } },
  });
  t.match(await ask("/ring/sessions"), { status: 200, json: { arcs: [{ server: 0, end: 1 }] } });
  t.match(await ask("/ring/sessions?key="), { status: 400 });
  t.match(await ask("/ring/sessions?key=a&key=b"), { status: 400 });
  t.match(await ask("/ring/nope?key=a"), { status: 404 });
  t.match(await ask("/ring/nope"), { status: 404 });
});

t.test("a reload tells what has changed, or all that is wrong", async (t) => {
  t.match(await (await start(t))("/config/reload", "POST"), {
    status: 200,
    json: { version: 2, changes: ["changed a"] },
  });
  const refusing = await start(t, {
    config: {
      reload: async () => ({ ...fineChange, version: 1, failure: "refused", errors: ["f.yml:1:1: wrong"] }),
    },
  });
  t.match(await refusing("/config/reload", "POST"), {
    status: 422,
    type: /^application\/problem\+json/,
    json: { title: "Not reloaded", detail: "version 1 stays in force", errors: ["f.yml:1:1: wrong"] },
  });
});

t.test("a change on behalf of a web page is refused, before anything happens", async (t) => {
  const ask = await start(t, { config: { reload: () => t.fail("must not be called") as never } });
  for (const headers of [{ origin: "http://evil.example" }, { host: "evil.example" }]) {
    t.match(await ask("/config/reload", "POST", headers), { status: 403, json: { title: "Forbidden" } });
  }
});

t.test("what does not exist is a problem, and a path that is malformed another one", async (t) => {
  const ask = await start(t);
  t.match(await ask("/nope?x=1"), { status: 404, json: { detail: "there is no /nope" } });
  t.match(await ask("/pools/%zz"), { status: 400, type: /^application\/problem\+json/ });
});

t.test("an error inside says so to the log and no more than that to the outside", async (t) => {
  const logged: unknown[] = [];
  const ask = await start(t, {
    config: { effective: () => Promise.reject(new Error("a password: hunter2")) },
    log: (fields) => logged.push(fields),
  });
  const { status, text } = await ask("/config");
  t.equal(status, 500);
  t.notMatch(text, "hunter2");
  t.match(logged, [{ err: { message: "a password: hunter2" } }]);
});

t.test("it listens on a unix socket too", async (t) => {
  const ask = await start(t, {}, { path: join(await tempDir(t), "admin.sock") });
  t.match(await ask("/version"), { status: 200 });
  t.match(await ask("/config/reload", "POST"), { status: 200 });
});
