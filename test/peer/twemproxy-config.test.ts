import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import t from "tap";
import { readTwemproxy } from "../../src/config/twemproxy.ts";
import { findProgram, needs } from "../support/needs.ts";
import { tempDir } from "../support/temp-dir.ts";
import { twemproxyFiles } from "../support/twemproxy-files.ts";

// Does podmate accept the files that twemproxy accepts (`nutcracker -t`), and refuse those that it refuses?

const listen = "a:\n  listen: 127.0.0.1:22121\n";
const servers = "  servers:\n   - 127.0.0.1:11211:1\n";

/** A pool with one more line. */
const withLine = (line: string): string => `${listen}  ${line}\n${servers}`;
const withServers = (...lines: string[]): string =>
  `${listen}  servers:\n${lines.map((line) => `   - ${line}\n`).join("")}`;
const listening = (address: string): string => `a:\n  listen: ${address}\n${servers}`;

/** Files on which both agree, whatever the verdict. */
const agreed: string[] = [
  listen + servers,
  `${listen}${servers}  timeout: 5\n`,
  "",
  "a: foo\n",
  listen,
  `${listen}  servers:\n`,
  `${listen}  servers: []\n`,
  `a:\n${servers}`,
  `---\n${listen}${servers}`,
  `&x ${listen}${servers}`,
  `'a b':\n  listen: 127.0.0.1:22121\n${servers}`,
  `'':\n  listen: 127.0.0.1:22121\n${servers}`,
  `? a\n: listen: 127.0.0.1:22121\n${servers}`,
  `${listen}${servers}a:\n  listen: 127.0.0.1:22122\n${servers}`,
  `${listen}${servers}b:\n  listen: 127.0.0.1:22121\n${servers}`,
  `${listen}${servers}b:\n  listen: 127.0.0.1:22122\n${servers}`,
  `${listen}${servers}${servers}`,
  listening("127.0.0.1"),
  listening("127.0.0.1:0"),
  listening("127.0.0.1:65536"),
  listening(":22121"),
  listening("localhost:22121"),
  listening("::1:22121"),
  listening("[::1]:22121"),
  listening("/tmp/x.sock"),
  listening("/tmp/x.sock 0666"),
  listening("/tmp/x.sock 600"),
  listening("/tmp/x.sock 1777"),
  ...["0", "400", "'400'", "-1", "4e2", "", "~", "0x10", "!!int 5", "5 # five"].map((n) =>
    withLine(`timeout: ${n}`),
  ),
  ...["true", "false", "'true'", "True", "yes", "1", ""].map((flag) => withLine(`preconnect: ${flag}`)),
  ...["tcpkeepalive", "auto_eject_hosts", "preconnect"].map((key) => withLine(`${key}: true`)),
  ...["md5", "crc16", "crc32", "hsieh", "jenkins", "crc64", "FNV1A_64", "''"].map((hash) =>
    withLine(`hash: ${hash}`),
  ),
  ...["ketama", "modula", "random", "jump", "Ketama"].map((each) => withLine(`distribution: ${each}`)),
  ...["'{}'", "'{'", "'{}}'", "{}", "$$"].map((tag) => withLine(`hash_tag: ${tag}`)),
  ...["server_connections: 0", "server_connections: 2", "server_failure_limit: 0", "backlog: 0"].map(
    withLine,
  ),
  ...["client_connections: 10", "client_connections: -1", "redis: false", "redis_auth: x", "foo: 1"].map(
    withLine,
  ),
  withLine("timeout: 1\n  timeout: 2"),
  withServers("127.0.0.1:11211:1", "127.0.0.1:11211:2"),
  withServers("127.0.0.1:11211:1 x", "127.0.0.1:11212:2 x"),
  withServers("127.0.0.1:11211:1 x", "127.0.0.1:11211:2 y"),
  ...["127.0.0.1:11211", "127.0.0.1:11211:0", "127.0.0.1:11211:x", "127.0.0.1:0:1", "127.0.0.1:65536:1"].map(
    (each) => withServers(each),
  ),
  ...["127.0.0.1:11211:1 a b", "127.0.0.1:11211:1  a", "127.0.0.1:011211:1", "nosuch.invalid:1:1"].map(
    (each) => withServers(each),
  ),
  ...["::1:11211:1", "'[::1]:11211:1'", "/tmp/s:1", "/tmp/s:1 n", "/tmp/s", "a: b", "[a, b]", "''"].map(
    (each) => withServers(each),
  ),
];

/** Files on which podmate differs on purpose, and why. */
const different: { file: string; accepts: "podmate" | "twemproxy"; why: string }[] = [
  { file: withLine("reuseport: true"), accepts: "podmate", why: "reuseport came after 0.5.0" },
  { file: listening("'[::1]:22121'"), accepts: "podmate", why: "brackets around IPv6 are harmless" },
  {
    file: listening("nosuch.invalid:22121"),
    accepts: "podmate",
    why: "names are resolved when they are bound",
  },
  { file: listening("/tmp/x.sock 9"), accepts: "twemproxy", why: "it reads the mode 9 as none" },
  { file: withLine("redis: true"), accepts: "twemproxy", why: "podmate speaks no Redis" },
  { file: withLine("redis_db: 0"), accepts: "twemproxy", why: "podmate speaks no Redis" },
  {
    file: withLine("hash_tag: é"),
    accepts: "twemproxy",
    why: "it counts bytes; keys with such a tag are not plain text",
  },
  { file: withServers(":11211:1"), accepts: "twemproxy", why: "it finds out when it connects" },
  {
    file: withServers("'127.0.0.1:11211:1 '"),
    accepts: "twemproxy",
    why: "it takes the empty text for a name",
  },
  {
    file: withServers("127.0.0.1:11211:99999999999"),
    accepts: "twemproxy",
    why: "it lets the number overflow",
  },
  {
    file: `${listen}${servers}b:\n  listen: 0.0.0.0:22121\n${servers}`,
    accepts: "twemproxy",
    why: "it finds out when it binds",
  },
];

t.test("nutcracker -t and podmate judge files alike", async (t) => {
  if (!needs(t, "nutcracker")) return;
  const path = join(await tempDir(t), "nutcracker.yml");
  const twemproxyAccepts = (text: string): boolean => {
    writeFileSync(path, text);
    return (
      spawnSync(findProgram("nutcracker") as string, ["-t", "-c", path], { stdio: "ignore" }).status === 0
    );
  };
  const podmateAccepts = (text: string): boolean => readTwemproxy(text, path).ok;

  t.test("on files that each side could get wrong", async (t) => {
    for (const file of agreed) t.equal(podmateAccepts(file), twemproxyAccepts(file), file);
  });
  t.test("on any good file", async () => {
    fc.assert(
      fc.property(twemproxyFiles, (file) => twemproxyAccepts(file) && podmateAccepts(file)),
      { numRuns: 60 },
    );
  });
  t.test("but where they differ on purpose", async (t) => {
    for (const { file, accepts, why } of different) {
      t.equal(podmateAccepts(file), accepts === "podmate", `podmate: ${why}`);
      t.equal(twemproxyAccepts(file), accepts === "twemproxy", `twemproxy: ${why}`);
    }
  });
});
