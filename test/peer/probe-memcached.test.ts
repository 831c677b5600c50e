// Does the probe tell a memcached in order from one that is not, over every way to reach it?
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createSecureContext } from "node:tls";
import t from "tap";
import { systemClock } from "../../src/core/clock.ts";
import { clientTlsOptions } from "../../src/upstream/client-tls.ts";
import { type ProbeTarget, probe } from "../../src/upstream/health/prober.ts";
import { makeCertificate } from "../support/certificates.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { needs } from "../support/needs.ts";
import { RealMemcached } from "../support/real-memcached.ts";
import { tempDir } from "../support/temp-dir.ts";

/** On a clock that stands still: only what the server does can end a probe. */
function ask(address: ProbeTarget["address"], more: Partial<ProbeTarget> = {}) {
  return probe({ address, timeout: 1_000, tls: null, auth: null, ...more }, new FakeClock());
}

if (needs(t, "memcached")) {
  await t.test("TCP: up, killed, up again", async (t) => {
    const memcached = await RealMemcached.start(t);
    t.match(await ask(memcached.address), { ok: true, version: /^\d+\.\d+/ });
    await memcached.kill();
    t.match(await ask(memcached.address), { ok: false, connected: false, reason: "connect ECONNREFUSED" });
    await memcached.restart();
    t.match(await ask(memcached.address), { ok: true });
  });

  await t.test("frozen: the kernel still accepts, and the deadline tells", async (t) => {
    const memcached = await RealMemcached.start(t);
    memcached.freeze();
    const { address } = memcached;
    // A machine that stalls may not even see in time that it is connected.
    for (const timeout of [100, 1_000, 10_000]) {
      const found = await probe({ address, timeout, tls: null, auth: null }, systemClock);
      t.match(found, { ok: false });
      if (!("connected" in found && found.connected) && timeout < 10_000) continue;
      t.match(found, { connected: true, reason: `no answer within ${timeout} ms` });
      break;
    }
    memcached.thaw();
    t.match(await ask(memcached.address), { ok: true });
  });

  await t.test("unix socket", async (t) => {
    const memcached = await RealMemcached.start(t, { path: join(await tempDir(t), "m.sock") });
    t.match(await ask(memcached.address), { ok: true });
  });

  await t.test("ASCII authentication", async (t) => {
    const file = join(await tempDir(t), "auth");
    writeFileSync(file, "app:secret\n");
    const memcached = await RealMemcached.start(t, { args: ["-Y", file] });
    const as = (username: string, password: string) =>
      ask(memcached.address, { auth: { username, password } });
    t.match(await as("app", "secret"), { ok: true });
    t.match(await as("app", "wrong"), { ok: false, reason: /authentication refused: "CLIENT_ERROR/ });
    t.match(await ask(memcached.address), { ok: false, reason: /unauthenticated/ });
  });

  await t.test("TLS", async (t) => {
    if (!needs(t, "openssl")) return;
    const folder = await tempDir(t);
    const { cert, key } = makeCertificate(folder, "m", ["DNS:cache.test"]);
    chmodSync(key, 0o644);
    const args = ["-Z", "-o", `ssl_chain_cert=${cert},ssl_key=${key}`];
    const memcached = await RealMemcached.start(t, { args });
    const over = (host: string) => {
      const context = createSecureContext({ ca: readFileSync(cert) });
      return clientTlsOptions({ verify: true }, { host, port: 1 }, context);
    };
    t.match(await ask(memcached.address, { tls: over("cache.test") }), { ok: true });
    t.match(await ask(memcached.address, { tls: over("other.test") }), { ok: false, reason: /altnames/ });
    t.notOk((await ask(memcached.address)).ok, "plain text to a TLS port");
  });
}
