import { EventEmitter } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { startAdmin } from "../../src/admin/admin-server.ts";
import type { PoolView } from "../../src/admin/pool-view.ts";
import { check } from "../../src/cli/check.ts";
import { ring } from "../../src/cli/ring.ts";
import { ringDiff } from "../../src/cli/ring-diff.ts";
import { status } from "../../src/cli/status.ts";
import type { Terminal } from "../../src/cli/verb.ts";
import { formatAddress } from "../../src/core/address.ts";
import { fineAdmin, fineConfig, poolEntry } from "../support/fine-admin.ts";
import { tempDir } from "../support/temp-dir.ts";

const text = `
http: [{ name: web, listen: "127.0.0.1:0", pool: api, routes: [{ path: /found, pool: found }] }]
pools:
  api: { servers: [10.0.0.1, 10.0.0.2] }
  found: { discover: { dns: api.example } }
`;

async function fileWith(t: Test, text: string): Promise<string> {
  const file = join(await tempDir(t), "podmate.yml");
  writeFileSync(file, text);
  return file;
}

/** A terminal that keeps what is written to it. */
function terminal(): Terminal & { written: string } {
  const write = (text: string): void => {
    kept.written += text;
  };
  const kept = {
    written: "",
    out: write,
    input: async () => "",
    flushed: async () => {},
    err: write,
    env: {},
    tty: false,
    signals: new EventEmitter(),
    exit: () => {},
  };
  return kept;
}

t.test("check counts listeners and pools of both kinds", async (t) => {
  const screen = terminal();
  t.equal(await check({ flags: { config: await fileWith(t, text) }, words: [] }, screen), 0);
  t.match(screen.written, /is good: 1 listener, 2 pools\n$/);
});

t.test("ring and ring diff know pools that speak HTTP", async (t) => {
  const file = await fileWith(t, text);
  const screen = terminal();
  await ring({ flags: { config: file, pool: "api" }, words: ["user-1"] }, screen);
  t.match(
    screen.written,
    /^user-1 → 10\.0\.0\.[12]:80: xxh3\("user-1"\) = [0-9a-f]{16}; maglev chooses "10\.0\.0\.[12]:80", weight 1\n/,
  );
  const more = await fileWith(t, text.replace("10.0.0.2", "10.0.0.2, 10.0.0.3"));
  const other = terminal();
  await ringDiff({ flags: {}, words: [file, more] }, other);
  t.match(other.written, /^pool api: [\d.]+ % of the keys move\n/);
  t.notMatch(other.written, /found/);
});

t.test("they say where to ask for servers that no file lists", async (t) => {
  const file = await fileWith(t, text);
  const refusal = {
    code: 1,
    message:
      /does not list the servers of pool found, they are found by dns; ask the running daemon: podmate ring --pool found KEY$/,
  };
  await t.rejects(ring({ flags: { config: file, pool: "found" }, words: ["k"] }, terminal()), refusal);
  await t.rejects(ringDiff({ flags: { pool: "found" }, words: [file, file] }, terminal()), refusal);
  const only = await fileWith(t, text.replaceAll("api", "other"));
  await t.rejects(ringDiff({ flags: {}, words: [file, only] }, terminal()), {
    message: /no pool in common that lists its servers$/,
  });
});

const counts = { requests: 12, requests_failed: 3, requests_in_flight: 1, errors: { timeout: 1 } };
const pool: PoolView = {
  pool: "api",
  protocol: "http",
  distribution: "ketama",
  hash: "fnv1a_64",
  ...counts,
  responses: { "2xx": 9, "5xx": 2, none: 1 },
  retries: 2,
  request_p50_us: 100,
  request_p99_us: 2_000,
  request_recent_p50_us: null,
  request_recent_p99_us: null,
  servers_total: 1,
  servers_by_state: { ready: 0, connecting: 0, unreachable: 0, failing: 0, ejected: 1, draining: 0 },
  servers: [
    {
      server: "10.0.0.1:80",
      address: "10.0.0.1:80",
      weight: 1,
      state: "ejected",
      reason: "connect ECONNREFUSED",
      since_unix_ms: null,
      next_probe_unix_ms: null,
      ejections: 1,
      resolved: null,
      ...counts,
      responses: { "2xx": 9, "5xx": 2 },
      response_p50_us: 90,
      response_p99_us: 1_800,
      response_recent_p50_us: null,
      response_recent_p99_us: null,
      connections: 3,
      connections_idle: 2,
      read_bytes: 1,
      written_bytes: 1,
    },
  ],
};

t.test("status tells what the requests of an HTTP pool came to", async (t) => {
  const api = fineAdmin({
    config: { effective: async () => ({ ...fineConfig, version: 3 }) },
    pools: { list: () => [poolEntry(pool)] },
  });
  const admin = await startAdmin({ host: "127.0.0.1", port: 0 }, api);
  t.teardown(() => admin.close());
  const screen = terminal();
  t.equal(await status({ flags: { admin: formatAddress(admin.address) }, words: [] }, screen), 0);
  t.equal(
    screen.written,
    `podmate 1.2.3 is ready
requests of low priority are refused until 1970-01-01T00:00:00.002Z (upgrade)
configuration version 3 from podmate.yml

pool api: http, ketama, 12 requests, 1 error, 9 2xx, 2 5xx, 1 unanswered, 2 retries
  errors: 1 timeout
  server       state                          requests  errors  in flight    p50     p99  kinds of error
  10.0.0.1:80  ejected: connect ECONNREFUSED        12       1          1  90 µs  1.8 ms  1 timeout
`,
  );
});
