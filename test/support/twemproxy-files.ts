import fc from "fast-check";

const hashes =
  "one_at_a_time md5 crc16 crc32 crc32a fnv1_64 fnv1a_64 fnv1_32 fnv1a_32 hsieh murmur jenkins".split(" ");
const flag = fc.boolean().map(String);
const count = fc.oneof(fc.nat({ max: 5000 }), fc.nat()).map(String);

const directives = fc.record(
  {
    hash: fc.constantFrom(...hashes),
    hash_tag: fc.constantFrom('"{}"', '"$$"', "'[]'", "ab"),
    distribution: fc.constantFrom("ketama", "modula", "random"),
    timeout: count,
    backlog: count,
    client_connections: count,
    tcpkeepalive: flag,
    preconnect: flag,
    redis: fc.constant("false"),
    auto_eject_hosts: flag,
    server_connections: fc.integer({ min: 1, max: 100 }).map(String),
    server_retry_timeout: count,
    server_failure_limit: count,
  },
  { requiredKeys: [] },
);

const servers = fc
  .uniqueArray(fc.nat({ max: 99 }), { minLength: 1, maxLength: 6 })
  .chain((ids) =>
    fc.tuple(
      ...ids.map((id) =>
        fc.constantFrom(
          `10.0.0.${id}:11211:1`,
          `10.0.0.${id}:1121${id % 10}:${id + 1}`,
          `cache-${id}:0${11300 + id}:2`,
          `fd00::${id}:11212:1`,
          `/run/${id}.sock:3`,
          `host:11211:1 server${id}`,
          `/run/s.sock:3 "quoted"${id}`,
        ),
      ),
    ),
  );

const listens = (index: number): fc.Arbitrary<string> =>
  fc.constantFrom(
    `127.0.0.1:${22100 + index}`,
    `::1:${22100 + index}`,
    `/run/l${index}.sock`,
    `/run/l${index}.sock 0660`,
  );

/** twemproxy files that both twemproxy 0.5.0 and podmate accept. */
export const twemproxyFiles: fc.Arbitrary<string> = fc
  .subarray(["alpha", "beta", "'with blank'", "x.y", "7"], { minLength: 1 })
  .chain((names) =>
    fc.tuple(
      ...names.map((name, index) =>
        fc.tuple(listens(index), directives, servers).map(([listen, settings, servers]) => {
          const lines = Object.entries({ listen, ...settings }).map(([key, value]) => `  ${key}: ${value}\n`);
          return `${name}:\n${lines.join("")}  servers:\n${servers.map((server) => `   - ${server}\n`).join("")}`;
        }),
      ),
    ),
  )
  .map((pools) => pools.join("\n"));
