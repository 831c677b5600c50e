import fc from "fast-check";
import { hookEvents } from "../../src/lifecycle/hook-options.ts";
import { distributionTable } from "../../src/ring/distribution-table.ts";
import { account, duration, type Form, ring, servers, size, some, toggle } from "./config-settings.ts";
import { httpListeners, httpPool, httpPoolNames } from "./http-config-forms.ts";

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

const listener = (index: number, names: readonly string[]) =>
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
      priority: fc.constantFrom("low", "normal", "high"),
      limits: some({ connections: fc.integer({ min: 1, max: 9 }), bytes: size, value: size }),
    },
    { requiredKeys: ["name", "listen", "pool"] },
  );

const hook = fc
  .record({
    name: fc.stringMatching(/^[a-z]{1,9}$/),
    on: fc.subarray([...hookEvents], { minLength: 1 }),
    timeout: duration,
    call: fc.oneof(
      fc.constantFrom({ http: "http://127.0.0.1:8080/told?a=b" }, { http: "https://app.example/" }),
      fc.record({ exec: fc.array(fc.constantFrom("/bin/tell", "-v", "a b"), { minLength: 1 }) }),
    ),
  })
  .map(({ call, ...hook }) => ({ ...hook, ...call }));

/** What of a configuration does not depend on pools. */
const general = some({
  admin: some({
    listen: fc.constantFrom(":9000", "127.0.0.1:9901"),
    probes: fc.constantFrom(":9902", "unix:/run/probes.sock"),
    hosts: fc.constantFrom([], ["podmate.shop.svc"]),
  }),
  workers: fc.constantFrom("auto", 1, 64),
  log: some({ level: fc.constantFrom("debug", "fatal"), format: fc.constantFrom("json", "text") }),
  lifecycle: some({
    mode: fc.constantFrom("sidecar", "native"),
    drain: fc.oneof(duration, fc.constant(0)),
    quiet: duration,
    pause_limit: duration,
    yield_limit: duration,
    hooks: fc.uniqueArray(hook, { selector: ({ name }) => name, maxLength: 3 }),
  }),
  overload: fc.oneof(
    fc.boolean(),
    some({
      event_loop_delay: fc.constantFrom(false, true, { low: "50ms", normal: "2s" }),
      memory: fc.constantFrom(false, { low: 10, normal: false }, { normal: 100 }),
      memory_warnings: fc.constantFrom([], [99]),
      calm: duration,
      cgroup: fc.constant("/sys/fs/cgroup"),
    }),
  ),
  replicate: fc
    .constantFrom({ kubernetes: true }, { command: ["/bin/scale", ""] })
    .chain((how) =>
      some({ max: fc.integer({ min: 1, max: 9 }), cool_down: duration }).map((more) => ({ ...how, ...more })),
    ),
  limits: some({ requests: fc.integer({ min: 1, max: 1e6 }), bytes: size }),
  app: some({
    health: fc.constantFrom(
      { http: "http://127.0.0.1:8080/healthz", interval: "1s" },
      { tcp: "localhost:8080", timeout: "500ms" },
      { exec: ["/bin/check", "a b"], threshold: 1 },
      { file: "/run/app.well" },
    ),
    metrics: fc.constantFrom(
      { http: "http://127.0.0.1:8080/metrics", limit: "2MiB" },
      { file: "/run/metrics" },
    ),
    config: fc.constantFrom({ http: "http://127.0.0.1:8080/config" }, { file: "/etc/app.yml" }),
    ready: fc.constantFrom("required", "ignored"),
  }),
});

/** Names of pools by what their servers speak. */
const names = fc
  .tuple(fc.subarray(poolNames), fc.subarray(httpPoolNames))
  .filter(([memcache, http]) => memcache.length + http.length > 0);

/** Configurations as operators write them, valid by construction. */
export const configForms: fc.Arbitrary<Form> = names.chain(([memcache, http]) => {
  const pools = [...memcache.map((_, index) => pool(memcache.slice(0, index))), ...http.map(() => httpPool)];
  const traffic = fc.record({
    ...(memcache.length > 0 && { memcache: fc.tuple(listener(0, memcache), listener(1, memcache)) }),
    ...(http.length > 0 && { http: httpListeners(http) }),
    pools: fc.tuple(...pools).map((forms) => byName([...memcache, ...http], forms)),
  });
  return fc.tuple(general, traffic).map(([general, traffic]) => ({ ...general, ...traffic }));
});

function byName(names: readonly string[], forms: readonly unknown[]): Form {
  return Object.fromEntries(forms.map((form, index) => [(names[index] as string).replace("$$", "$"), form]));
}
