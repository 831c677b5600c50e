import fc from "fast-check";
import t from "tap";
import { formatConfigError } from "../../src/config/config-error.ts";
import { parseConfig } from "../../src/config/load-config.ts";
import { type Converted, printTwemproxy, readTwemproxy } from "../../src/config/twemproxy.ts";
import { ringName } from "../../src/ring/ring-name.ts";
import { twemproxyFiles } from "../support/twemproxy-files.ts";

function read(text: string): Converted & { ok: true } {
  const converted = readTwemproxy(text, "nutcracker.yml");
  if (converted.ok) return converted;
  throw new Error(converted.errors.map(formatConfigError).join("\n"));
}

function errorsOf(text: string): string[] {
  const converted = readTwemproxy(text, "n.yml");
  return converted.ok ? [] : converted.errors.map(formatConfigError);
}

const full = `alpha:
  listen: 127.0.0.1:22121
  hash: crc32a
  hash_tag: "{}"
  distribution: modula
  timeout: 400
  backlog: 1024
  client_connections: 100
  tcpkeepalive: true
  preconnect: true
  redis: false
  auto_eject_hosts: true
  server_connections: 3
  server_retry_timeout: 2000
  server_failure_limit: 4
  reuseport: true
  servers:
   - 127.0.0.1:11211:1
   - 127.0.0.1:11212:2 named
`;

t.test("every directive finds its setting", async (t) => {
  const { snapshot } = read(full).config;
  t.match(snapshot.memcache, [
    { name: "alpha", listen: { host: "127.0.0.1", port: 22121 }, backlog: 1024, pool: "alpha", routes: [] },
  ]);
  t.match(snapshot.pools["alpha"], {
    ring: { distribution: "modula", hash: "crc32a", tag: "{}" },
    servers: [
      { address: { host: "127.0.0.1", port: 11211 }, weight: 1 },
      { address: { host: "127.0.0.1", port: 11212 }, weight: 2, name: "named" },
    ],
    timeout: 400,
    connect_timeout: 400,
    connections: 3,
    preconnect: true,
    tcp_keepalive: true,
    eject: { failures: 4, backoff: 2000, max_backoff: 2000, max_percent: 100, on_eject: "rehash" },
  });
});

t.test("what is not said is as in twemproxy", async (t) => {
  const { snapshot } = read("a:\n  listen: /tmp/a.sock 0666\n  servers:\n  - 10.0.0.1:11211:1\n").config;
  t.match(snapshot.memcache[0], { listen: { path: "/tmp/a.sock" }, socket_mode: 0o666, backlog: 512 });
  t.match(snapshot.pools["a"], {
    ring: { distribution: "ketama", hash: "fnv1a_64" },
    timeout: 0,
    connections: 1,
    preconnect: false,
    tcp_keepalive: false,
    eject: null,
  });
});

t.test("servers are taken apart from the right, and keep their place on the ring", async (t) => {
  const cases: Record<string, [object, number, string]> = {
    "10.0.0.1:11211:1": [{ host: "10.0.0.1", port: 11211 }, 1, "10.0.0.1"],
    "10.0.0.1:11212:5": [{ host: "10.0.0.1", port: 11212 }, 5, "10.0.0.1:11212"],
    "10.0.0.1:011211:1": [{ host: "10.0.0.1", port: 11211 }, 1, "10.0.0.1"],
    "10.0.0.1:011212:1": [{ host: "10.0.0.1", port: 11212 }, 1, "10.0.0.1:011212"],
    "::1:11212:1": [{ host: "::1", port: 11212 }, 1, "::1:11212"],
    "fe80::1:11211:1": [{ host: "fe80::1", port: 11211 }, 1, "fe80::1"],
    "[::1]:11212:1": [{ host: "::1", port: 11212 }, 1, "[::1]:11212"],
    "host:11211:1 server:1": [{ host: "host", port: 11211 }, 1, "server:1"],
    "/run/a.sock:2": [{ path: "/run/a.sock" }, 2, "/run/a.sock:"],
    "/run/a.sock:2 name": [{ path: "/run/a.sock" }, 2, "name"],
  };
  for (const [text, [address, weight, place]] of Object.entries(cases)) {
    const server = read(`a:\n  listen: :::1\n  servers:\n  - '${text}'\n`).config.snapshot.pools["a"]
      ?.servers[0];
    t.match(server, { address, weight }, text);
    t.equal(server && ringName(server), place, text);
  }
});

t.test("what cannot be taken over is refused with its line", async (t) => {
  t.same(
    errorsOf(`a:
  listen: 127.0.0.1
  hash: crc64
  timeout: -1
  preconnect: yes
  preconnect: true
  servr: x
  redis: true
  redis_auth: x
  redis_db: 1
  server_connections: 0
  hash_tag: "{"
  servers:
   - 127.0.0.1:11211
   - 127.0.0.1:11211:0
   - 127.0.0.1:70000:1
`),
    [
      "n.yml:6:3: a.preconnect: is a duplicate; give each directive once",
      "n.yml:7:3: a.servr: there is no such directive; did you mean servers?",
    ],
    "structure first",
  );
  t.same(
    errorsOf(`a:
  listen: 127.0.0.1
  hash: crc64
  timeout: -1
  preconnect: yes
  redis: true
  redis_db: 1
  server_connections: 0
  hash_tag: "{"
  servers:
   - 127.0.0.1:11211
   - 127.0.0.1:11211:0
   - 127.0.0.1:70000:1
   - 127.0.0.1:11211:70000
`).sort(),
    [
      'n.yml:11:6: a.servers[0]: "127.0.0.1:11211" is not allowed: it is not of the form host:port:weight [name] or /socket:weight [name]',
      'n.yml:12:6: a.servers[1]: "127.0.0.1:11211:0" is not allowed: the weight 0 is not within 1..65535',
      'n.yml:13:6: a.servers[2]: "127.0.0.1:70000:1" is not allowed: the port "70000" is not within 1..65535',
      'n.yml:14:6: a.servers[3]: "127.0.0.1:11211:70000" is not allowed: the weight 70000 is not within 1..65535; with ketama only their ratio counts: divide those of all servers by the same number',
      'n.yml:2:11: a.listen: "127.0.0.1" is not allowed: it is not of the form host:port',
      'n.yml:3:9: a.hash: "crc64" is not allowed; give one_at_a_time, md5, crc16, crc32, crc32a, fnv1_64, fnv1a_64, fnv1_32, fnv1a_32, hsieh, murmur, jenkins',
      'n.yml:4:12: a.timeout: "-1" is not a number',
      'n.yml:5:15: a.preconnect: "yes" is not allowed; give true, false',
      "n.yml:6:10: a.redis: a Redis pool cannot be taken over: only memcache is spoken (--skip-redis leaves such pools out)",
      "n.yml:7:13: a.redis_db: it belongs to Redis pools, and only memcache is spoken; remove it",
      "n.yml:8:23: a.server_connections: it cannot be 0",
      'n.yml:9:13: a.hash_tag: "{" is not two printable ASCII characters',
    ],
  );
});

t.test(
  "a pool whose name has a slash is refused once, though it would be a listener's name too",
  async (t) => {
    t.match(errorsOf("a/b:\n  listen: 127.0.0.1:1\n  servers:\n    - 127.0.0.1:11211:1\n"), [
      /^n\.yml:1:1: \["a\/b"\]: "a\/b" is not allowed as a name; give a name .* without \/,/,
    ]);
  },
);

t.test("pools and servers are told apart", async (t) => {
  const pool = (name: string, listen: string) => `${name}:\n  listen: ${listen}\n  servers:\n  - x:1:1\n`;
  t.match(errorsOf(pool("a", "127.0.0.1:1") + pool("a", "127.0.0.1:2")), [
    /^n.yml:5:1: there are two pools called "a"/,
  ]);
  t.match(errorsOf(pool("a", "127.0.0.1:1") + pool("b", "127.0.0.1:1")), [
    /^n.yml:6:11: b.listen: 127.0.0.1:1 is already/,
  ]);
  t.match(errorsOf(`${pool("a", "127.0.0.1:1")}  - x:1:2\n`), [
    /^n.yml:5:5: a.servers\[1\]: "x:1" already stands/,
  ]);
});

t.test("comments say what has no effect or another meaning", async (t) => {
  const text = printTwemproxy(read(full), "nutcracker.yml");
  t.match(text, /^# Converted from the twemproxy file nutcracker.yml\. Every key goes to the same server/);
  t.match(text, /# client_connections is left out/);
  t.match(text, /# reuseport is left out/);
  t.match(text, /# auto_eject_hosts: failures is server_failure_limit.*\n(.*#.*\n)*\s+eject:\n/);
  const bounded = printTwemproxy(
    read(full.replace("backlog: 1024", "backlog: 0").replace("modula", "random")),
    "n.yml",
  );
  t.match(bounded, /# backlog was 0; the bounds are 1 to 65535/);
  t.match(bounded, /# The weights are left out: random ignores them/);
});

t.test("what convert prints loads as what the twemproxy file says", async () => {
  fc.assert(
    fc.property(twemproxyFiles, (text) => {
      const converted = read(text);
      const printed = printTwemproxy(converted, "nutcracker.yml");
      const loaded = parseConfig(printed, "podmate.yml", {});
      if (!loaded.ok) throw new Error(`${loaded.errors.map(formatConfigError).join("\n")}\n${printed}`);
      return JSON.stringify(loaded.config) === JSON.stringify(converted.config);
    }),
    { numRuns: 80 },
  );
});

t.test("no text makes the reader throw", async (t) => {
  const damaged = fc.tuple(twemproxyFiles, fc.nat(), fc.string({ unit: "binary", maxLength: 5 }));
  fc.assert(
    fc.property(damaged, ([text, at, noise]) => {
      const place = at % text.length;
      readTwemproxy(text.slice(0, place) + noise + text.slice(place + 2), "n.yml");
    }),
    { numRuns: 200 },
  );
  t.pass();
});
