import t from "tap";
import { readRegistration } from "../../src/config/app-registration.ts";
import { parseConfig } from "../../src/config/load-config.ts";
import { printConfig } from "../../src/config/print-config.ts";

const traffic = `
memcache: [ { name: cache, listen: ":11211", pool: main } ]
pools: { main: { servers: [ "10.0.0.1" ] } }
`;

function load(app: string) {
  const loaded = parseConfig(`app: ${app}${traffic}`, "/etc/podmate/podmate.yml", {});
  if (!loaded.ok) throw new Error(loaded.errors.map(({ path, message }) => `${path}: ${message}`).join("\n"));
  return loaded.config;
}

t.test("without the section nothing is known of an app", async (t) => {
  t.same(load("{}").app, { health: null, metrics: null, config: null, ready: "ignored" });
});

t.test("each way to ask, with its defaults, and back again", async (t) => {
  const checks = {
    "http: 'http://127.0.0.1:8080/healthz'": { kind: "http", url: "http://127.0.0.1:8080/healthz" },
    "tcp: 'localhost:8080'": { kind: "tcp", address: { host: "localhost", port: 8080 } },
    "tcp: 'unix:/run/app.sock'": { kind: "tcp", address: { path: "/run/app.sock" } },
    "exec: [ /bin/check, -v ]": { kind: "exec", command: "/bin/check", args: ["-v"] },
    "file: well": { kind: "file", path: "/etc/podmate/well" },
  };
  for (const [text, check] of Object.entries(checks)) {
    const config = load(`{ health: { ${text} } }`);
    t.same(config.app.health, { check, interval: 5_000, timeout: 2_000, threshold: 3 }, text);
    const again = parseConfig(printConfig(config), "/etc/podmate/podmate.yml", {});
    t.same(again.ok && again.config.app, config.app, text);
  }
  const { app } = load(
    "{ metrics: { http: 'http://127.0.0.1:1/m', limit: 2MiB }, config: { file: /app.yml }, ready: required }",
  );
  t.same(app, {
    health: null,
    metrics: { source: { kind: "http", url: "http://127.0.0.1:1/m" }, timeout: 1_000, limit: 2 ** 21 },
    config: { kind: "file", path: "/app.yml" },
    ready: "required",
  });
});

t.test("what makes no sense is refused", async (t) => {
  const refused: Readonly<Record<string, RegExp>> = {
    "{ health: {} }": /^app\.health: give http, tcp, exec or file$/m,
    "{ health: { http: 'http://a/', file: b } }": /^app\.health: http and file are given; give one of them$/m,
    "{ health: { tcp: localhost } }": /^app\.health\.tcp: "localhost" has no port$/m,
    "{ health: { exec: [ '' ] } }": /^app\.health\.exec: the command is empty$/m,
    "{ health: { http: 'ftp://a/' } }": /^app\.health\.http: /m,
    "{ health: { http: 'http://:x/' } }": /is no URL that can be asked/,
    "{ health: { http: 'http://a/', interval: 1ms } }": /^app\.health\.interval: /m,
    "{ metrics: {} }": /^app\.metrics: give http or file$/m,
    "{ metrics: { file: a, limit: 1GiB } }": /^app\.metrics\.limit: /m,
    "{ config: { http: 'http://a/', file: b } }": /^app\.config: http and file are given/m,
    "{ ready: maybe }": /^app\.ready: /m,
  };
  for (const [text, message] of Object.entries(refused)) t.throws(() => load(text), message, text);
});

t.test("an app registers what is on loopback", async (t) => {
  const read = readRegistration(
    JSON.stringify({
      health: { tcp: "127.0.0.1:8080", threshold: 1 },
      metrics: { http: "http://localhost:8080/metrics", timeout: "2s" },
      config: { http: "http://[::1]:8080/config" },
      hooks: [{ on: ["draining"], http: "http://127.0.0.1:8080/draining" }],
      ttl: "30s",
    }),
  );
  t.same(read, {
    ok: true,
    registration: {
      health: {
        check: { kind: "tcp", address: { host: "127.0.0.1", port: 8080 } },
        interval: 5_000,
        timeout: 2_000,
        threshold: 1,
      },
      metrics: {
        source: { kind: "http", url: "http://localhost:8080/metrics" },
        timeout: 2_000,
        limit: 2 ** 20,
      },
      config: { kind: "http", url: "http://[::1]:8080/config" },
      hooks: [
        {
          name: "app/1",
          on: ["draining"],
          timeout: 5_000,
          call: { kind: "http", url: "http://127.0.0.1:8080/draining" },
        },
      ],
      ttl: 30_000,
    },
  });
  t.match(readRegistration("{}"), { ok: true, registration: { health: null, ttl: null, hooks: [] } });
});

t.test("nothing else can be registered: no command, no file, nowhere else", async (t) => {
  const refused: readonly (readonly [registration: object, reason: RegExp])[] = [
    [{ health: { exec: ["/bin/sh"] } }, /^health\.exec: /],
    [{ health: { file: "/etc/shadow" } }, /^health\.file: /],
    [{ health: {} }, /^health: give http or tcp/],
    [{ health: { tcp: "unix:/run/docker.sock" } }, /unix socket/],
    [{ health: { tcp: "10.0.0.1:80" } }, /"10\.0\.0\.1" is not on loopback/],
    [{ config: { file: "/etc/shadow" } }, /config/],
    [{ config: { http: "http://169.254.169.254/latest" } }, /not on loopback/],
    [{ metrics: { http: "http://127.0.0.1.example.com/" } }, /not on loopback/],
    [{ metrics: { http: "http://user@127.0.0.1/" } }, /^metrics\.http: /],
    [{ hooks: [{ on: ["ready"], http: "http://evil.example/" }] }, /^hooks\[0\]\.http: .*not on loopback/],
    [{ hooks: [{ on: ["birthday"], http: "http://127.0.0.1/" }] }, /^hooks\[0\]\.on/],
    [{ ttl: "1ms" }, /^ttl: /],
    [{ colour: "red" }, /colour/],
  ];
  for (const [given, reason] of refused) {
    const read = readRegistration(JSON.stringify(given));
    t.notOk(read.ok, JSON.stringify(given));
    if (!read.ok) t.match(read.errors.join("; "), reason);
  }
});
