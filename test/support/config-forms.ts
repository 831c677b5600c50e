import fc from "fast-check";
import { escapeExpansion } from "../../src/config/environment.ts";
import { distributionTable } from "../../src/ring/distribution-table.ts";
import { hashAlgorithms } from "../../src/ring/hash/hash-algorithms.ts";
import { distributions } from "../../src/ring/ring-options.ts";

type Form = Record<string, unknown>;

const duration = fc.oneof(
  fc.integer({ min: 1000, max: 3_000_000 }).map((ms) => `${ms}ms`),
  fc.integer({ min: 1, max: 3000 }).map((s) => `${s}s`),
  fc.integer({ min: 1, max: 59 }).map((m) => `${m}m`),
);
const size = fc.oneof(
  fc.integer({ min: 2 ** 20, max: 2 ** 24 }),
  fc.integer({ min: 1, max: 900 }).map((n) => `${n}MiB`),
  fc.integer({ min: 2000, max: 9000 }).map((n) => `${n} kB`),
);
const secret = fc.stringMatching(/^[!-~]{1,20}$/).map(escapeExpansion);
const account = fc.record({ username: fc.stringMatching(/^[a-z]{1,8}$/), password: secret });

/** A section of which every setting may be missing. */
function some(settings: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Form> {
  return fc.record(settings, { requiredKeys: [] });
}

function toggle(settings: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<unknown> {
  return fc.oneof(fc.boolean(), some(settings));
}

const servers = (weighted: boolean) =>
  fc
    .uniqueArray(
      fc.oneof(
        fc.ipV4(),
        fc.domain(),
        fc.ipV6().map((host) => `[${host}]`),
      ),
      { minLength: 1, maxLength: 5 },
    )
    .chain((hosts) =>
      fc.tuple(
        ...hosts.map((host, index) =>
          fc.oneof(
            fc.constant(`${host}:${20000 + index}`),
            fc.record(
              {
                address: fc.constantFrom(`${host}:${20000 + index}`, `unix:/run/${index}.sock`),
                name: fc.constantFrom(`server-${index}`, `$\${n} ${index}`),
                drain: fc.boolean(),
                ...(weighted && { weight: fc.integer({ min: 1, max: 9 }) }),
              },
              { requiredKeys: ["address"] },
            ),
          ),
        ),
      ),
    );

const ring = fc.constantFrom(...distributions).chain((distribution) => {
  const { fixedHash, defaultHash } = distributionTable[distribution];
  const hashes = fixedHash ? [defaultHash] : [...hashAlgorithms.keys()];
  return fc.record(
    {
      distribution: fc.constant(distribution),
      hash: fc.constantFrom(...hashes),
      tag: fc.stringMatching(/^[!-~]{2}$/).map((tag) => (tag === "${" ? "{}" : tag)),
    },
    { requiredKeys: ["distribution"] },
  );
});

/** A pool; `others` are pools that come before it, so that no circle arises. */
const pool = (others: readonly string[]) =>
  ring.chain((ring) =>
    fc.record(
      {
        ring: fc.constant(ring),
        servers: servers(distributionTable[ring.distribution].weights === "used"),
        timeout: fc.oneof(duration, fc.constant(0)),
        connect_timeout: duration,
        connections: fc.integer({ min: 1, max: 64 }),
        preconnect: fc.boolean(),
        limits: some({ requests: fc.integer({ min: 1, max: 1e6 }), bytes: size }),
        eject: toggle({ failures: fc.integer({ min: 1, max: 9 }), window: duration, max_backoff: duration }),
        health: toggle({ interval: duration, timeout: duration }),
        tls: toggle({ server_name: fc.domain(), verify: fc.boolean() }),
        auth: fc.oneof(account, fc.constant(false)),
        on_error: fc.constantFrom("partial", "error"),
        near_cache: toggle({ size, ttl: duration }),
        coalesce: fc.boolean(),
        hot_keys: fc.integer({ min: 0, max: 1000 }),
        ...(others.length > 0 && {
          failover: fc.subarray([...others]),
          mirror: fc.oneof(
            fc.constantFrom(...others),
            fc.record({ pool: fc.constantFrom(...others), reads: fc.constant(0.25) }),
          ),
          warm_from: fc.record({ pool: fc.constantFrom(...others), ttl: fc.constantFrom("1s", "90s", 0) }),
        }),
      },
      { requiredKeys: ["ring", "servers"] },
    ),
  );

const poolNames = ["a", "sessions", "with blank", "$${HOME}", "constructor", "9"];

/** Configurations as operators write them, valid by construction. */
export const configForms: fc.Arbitrary<Form> = fc.subarray(poolNames, { minLength: 1 }).chain((names) => {
  const listener = (index: number) =>
    fc.record(
      {
        name: fc.constant(`listener ${index}`),
        listen: fc.constantFrom(
          `127.0.0.1:${21000 + index}`,
          `[::1]:${21000 + index}`,
          `unix:/run/l${index}.sock`,
        ),
        pool: fc.constantFrom(...names),
        routes: fc.uniqueArray(
          fc.record({ prefix: fc.stringMatching(/^[a-z:]{1,9}$/), pool: fc.constantFrom(...names) }),
          { maxLength: 3, selector: ({ prefix }) => prefix },
        ),
        auth: fc.uniqueArray(account, { minLength: 1, maxLength: 2, selector: ({ username }) => username }),
        flush_all: fc.constantFrom("allow", "forbid"),
        idle_timeout: fc.oneof(duration, fc.constant(0)),
        limits: some({ connections: fc.integer({ min: 1, max: 9 }), bytes: size, value: size }),
      },
      { requiredKeys: ["name", "listen", "pool"] },
    );
  return fc.record(
    {
      admin: some({ listen: fc.constantFrom(":9000", "127.0.0.1:9901") }),
      workers: fc.constantFrom("auto", 1, 64),
      log: some({ level: fc.constantFrom("debug", "fatal") }),
      lifecycle: some({
        mode: fc.constantFrom("sidecar", "native"),
        drain: fc.oneof(duration, fc.constant(0)),
      }),
      limits: some({ requests: fc.integer({ min: 1, max: 1e6 }), bytes: size }),
      memcache: fc.tuple(listener(0), listener(1)),
      pools: fc
        .tuple(...names.map((_, index) => pool(names.slice(0, index))))
        .map((pools) =>
          Object.fromEntries(pools.map((each, index) => [(names[index] as string).replace("$$", "$"), each])),
        ),
    },
    { requiredKeys: ["memcache", "pools"] },
  );
});
