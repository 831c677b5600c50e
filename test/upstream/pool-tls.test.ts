import { join } from "node:path";
import t from "tap";
import type { ClientTlsOptions } from "../../src/upstream/pool-options.ts";
import { PoolTls } from "../../src/upstream/pool-tls.ts";
import { makeCertificate } from "../support/certificates.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { needs } from "../support/needs.ts";
import { poolOptions, serverOptions } from "../support/pools.ts";
import { tempDir } from "../support/temp-dir.ts";

t.test("files are opened once per pool, kept over reloads, and closed with it", async (t) => {
  if (!needs(t, "openssl")) return;
  const folder = await tempDir(t);
  const { cert } = makeCertificate(folder, "ca", ["DNS:ca.test"]);
  const clock = new FakeClock();
  const poolTls = new PoolTls({ clock, log: () => {} });
  t.teardown(() => poolTls.close());
  const server = serverOptions("a", 1, { address: { host: "cache.test", port: 1 } });
  const pool = (tls: ClientTlsOptions | null) => poolOptions("p", [server], { tls });

  t.equal(poolTls.optionsFor(pool(null), server), null);
  t.equal(clock.pending, 0);
  const tls = { verify: true, ca: cert };
  const first = poolTls.optionsFor(pool(tls), server);
  t.match(first, { servername: "cache.test", rejectUnauthorized: true });
  t.equal(clock.pending, 1);
  poolTls.keep([pool({ ...tls })]);
  t.equal(poolTls.optionsFor(pool(tls), server)?.secureContext, first?.secureContext);
  const other = { ...tls, verify: false };
  poolTls.keep([pool(other)]);
  t.equal(clock.pending, 0);
  t.not(poolTls.optionsFor(pool(other), server)?.secureContext, first?.secureContext);
  poolTls.keep([]);
  t.equal(clock.pending, 0);
  t.throws(() => poolTls.optionsFor(pool({ verify: true, ca: join(folder, "none") }), server), /ENOENT/);
});
