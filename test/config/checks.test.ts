import t from "tap";
import { parseConfig } from "../../src/config/load-config.ts";

function refusals(text: string): string[] {
  const loaded = parseConfig(text, "f.yml", {});
  return loaded.ok ? [] : loaded.errors.map(({ path, message }) => `${path}: ${message}`);
}

/** One listener and the pools given. */
function pools(lines: string): string[] {
  return refusals(`memcache: [{ name: l, listen: ":1", pool: a }]\npools:\n${lines.replace(/^/gm, "  ")}\n`);
}

/** The listeners given over a pool `a`. */
function listeners(...lines: string[]): string[] {
  return refusals(
    `memcache:\n${lines.map((line) => `  - ${line}\n`).join("")}pools: { a: { servers: [x] } }\n`,
  );
}

/** The lifecycle given. */
function lifecycle(hooks: string): string[] {
  const pool = `memcache: [{ name: l, listen: ":1", pool: a }]\npools: { a: { servers: [x] } }\n`;
  return refusals(`lifecycle: { hooks: ${hooks} }\n${pool}`);
}

const cases: Record<string, [string[], string[]]> = {
  "hooks have one way to be told": [
    lifecycle(
      `[{ on: [ready] }, { on: [ready], http: "http://a/", exec: [b] }, { on: [ready], exec: [""] }]`,
    ),
    [
      "lifecycle.hooks[0]: nobody is told; give http or exec",
      "lifecycle.hooks[1]: http and exec are given; give one of them",
      "lifecycle.hooks[2].exec: the command is empty",
    ],
  ],
  "hooks have names of their own": [
    lifecycle(
      `[{ on: [ready], exec: [a] }, { on: [ready], exec: [a], name: hook-1 }, { on: [ready], exec: [a], name: b }]`,
    ),
    ['lifecycle.hooks[1].name: hooks[0] already has the name "hook-1"'],
  ],
  "hooks are posted to where that is possible": [
    lifecycle(`[{ on: [ready], http: "http://a:99999/" }, { on: [ready], http: "http://a/b?c=d" }]`),
    ['lifecycle.hooks[0].http: "http://a:99999/" is no URL that can be posted to'],
  ],
  "pools must exist": [
    pools("a: { servers: [x], failover: [bb], mirror: zzz, warm_from: b }\nb: { servers: [x] }"),
    [
      'pools.a.failover[0]: there is no pool "bb"; did you mean b?',
      'pools.a.mirror.pool: there is no pool "zzz"; there are a, b',
    ],
  ],
  "listeners and routes name pools": [
    listeners("{ name: l, listen: ':1', pool: constructor, routes: [{ prefix: k, pool: toString }] }"),
    [
      'memcache[0].pool: there is no pool "constructor"; there are a',
      'memcache[0].routes[0].pool: there is no pool "toString"; there are a',
    ],
  ],
  "listeners have names of their own": [
    listeners("{ name: l, listen: ':1', pool: a }", "{ name: l, listen: ':2', pool: a }"),
    ['memcache[1].name: "l" is already the name of memcache[0]'],
  ],
  "listeners do not collide": [
    listeners(
      "{ name: l, listen: '127.0.0.1:9901', pool: a }",
      "{ name: m, listen: ':5', pool: a }",
      "{ name: n, listen: '[::1]:5', pool: a }",
      "{ name: o, listen: 'unix:/s', pool: a }",
      "{ name: p, listen: 'unix:/s', pool: a }",
    ),
    [
      "memcache[0].listen: 127.0.0.1:9901 is already taken by the management interface (127.0.0.1:9901)",
      'memcache[2].listen: [::1]:5 is already taken by listener "m" (0.0.0.0:5)',
      'memcache[4].listen: unix:/s is already taken by listener "o" (unix:/s)',
    ],
  ],
  "free ports and different hosts do not collide": [
    listeners(
      "{ name: l, listen: '127.0.0.1:0', pool: a }",
      "{ name: m, listen: '127.0.0.1:0', pool: a }",
      "{ name: n, listen: '127.0.0.1:5', pool: a }",
      "{ name: o, listen: '127.0.0.2:5', pool: a }",
    ),
    [],
  ],
  "only a unix socket has a mode": [
    listeners("{ name: l, listen: ':1', pool: a, socket_mode: 0600 }"),
    ["memcache[0].socket_mode: only a unix socket has permissions; leave this out or listen on unix:/path"],
  ],
  "a prefix has one route": [
    listeners("{ name: l, listen: ':1', pool: a, routes: [{ prefix: k, pool: a }, { prefix: k, pool: a }] }"),
    ['memcache[0].routes[1].prefix: another route already takes the prefix "k"'],
  ],
  "an account has one password": [
    listeners(
      "{ name: l, listen: ':1', pool: a, auth: [{ username: u }, { username: u, password: p, password_file: f }] }",
    ),
    [
      "memcache[0].auth[0]: an account has either a password or a password_file",
      "memcache[0].auth[1]: an account has either a password or a password_file",
      'memcache[0].auth[1].username: another account already has the name "u"',
    ],
  ],
  "weights need a ring that knows them": [
    pools("a: { ring: { distribution: jump }, servers: [x, { address: y, weight: 2 }] }"),
    ["pools.a.servers[1].weight: the distribution jump knows no weights; leave it out"],
  ],
  "random knows no weights either": [
    pools("a: { ring: { distribution: random }, servers: [{ address: y, weight: 2 }] }"),
    ["pools.a.servers[0].weight: the distribution random knows no weights; leave it out"],
  ],
  "a seed needs a hash that takes one": [
    pools(
      "a: { ring: { distribution: ketama, seed: 1 }, servers: [x] }\nb: { ring: { hash: xxh3, seed: text }, servers: [x] }",
    ),
    ["pools.a.ring.seed: the hash fnv1a_64 takes no seed; murmur3, xxh3, xxh64 do"],
  ],
  "hashring has its own hash": [
    pools("a: { ring: { distribution: hashring, hash: crc32 }, servers: [x] }"),
    ["pools.a.ring.hash: the distribution hashring works with the hash md5 only"],
  ],
  "a tag has two characters": [
    pools("a: { ring: { tag: '{' }, servers: [x] }"),
    ['pools.a.ring.tag: "{" is not allowed; give two printable ASCII characters'],
  ],
  "a pool has servers": [
    pools("a: { servers: [] }"),
    ["pools.a.servers: an empty list is not allowed; give a list of 1 to 4096 items"],
  ],
  "servers are told apart on the ring and in metrics": [
    pools("a: { servers: [x, 'x:11211', { address: y, name: x }, { address: z, name: 'x:11211' }] }"),
    [
      'pools.a.servers[1].address: "x" already stands for servers[0]; servers need distinct names',
      'pools.a.servers[2].name: "x" already stands for servers[0]; servers need distinct names',
      'pools.a.servers[3].name: "x:11211" already stands for servers[0]; servers need distinct names',
    ],
  ],
  "an IPv6 address is the same server however it is written": [
    pools("a: { servers: ['[::1]:1', '[0:0:0:0:0:0:0:1]:1', '[0:0::1]:2'] }"),
    ['pools.a.servers[1].address: "[::1]:1" already stands for servers[0]; servers need distinct names'],
  ],
  "pools do not lead in a circle": [
    pools(
      "a: { servers: [x], failover: [b], mirror: a }\nb: { servers: [x], failover: [c] }\nc: { servers: [x], failover: [a], warm_from: a }",
    ),
    [
      "pools.a.mirror: the pools lead in a circle: a → a",
      "pools.c.failover: the pools lead in a circle: a → b → c → a",
    ],
  ],
  "different kinds of arrows may cross": [
    pools("a: { servers: [x], mirror: b }\nb: { servers: [x], warm_from: a }"),
    [],
  ],
  "bounds agree with each other": [
    pools(
      "a: { servers: [x], eject: { backoff: 5m }, near_cache: { size: 1KiB }, tls: { cert: f }, warm_from: { pool: b, ttl: 1500ms } }\nb: { servers: [x] }",
    ),
    [
      'pools.a.eject.max_backoff: "60s" is shorter than backoff (5m)',
      'pools.a.near_cache.max_value: "8KiB" is more than the whole cache holds (1KiB)',
      "pools.a.tls: cert and key are only of use together; give both or none",
      'pools.a.warm_from.ttl: "1500ms" is not a whole number of seconds',
    ],
  ],
};

for (const [name, [found, expected]] of Object.entries(cases)) {
  t.test(name, async (t) => {
    const relevant = found.filter((refusal) => !refusal.includes("cannot read"));
    t.same(relevant.sort(), [...expected].sort());
  });
}
