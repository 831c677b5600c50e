/** Verbs that read files: both forms, standard input, JSON for CI, warnings. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import { version } from "../../src/core/version.ts";
import { freePort } from "../support/free-port.ts";
import { TestProcess } from "../support/process.ts";
import { tempDir } from "../support/temp-dir.ts";
import { configText, type Ended, podmate, runVerb, startServers } from "./podmate.ts";

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const good = configText(["10.0.0.1:11211"]);
const nutcracker =
  "alpha:\n  listen: 127.0.0.1:22121\n  hash: fnv1a_64\n  servers:\n   - 127.0.0.1:11211:1\n";
const redis = "beta:\n  listen: 127.0.0.1:22122\n  redis: true\n  servers:\n   - 127.0.0.1:6379:1\n";

async function fileWith(t: Test, text: string, name = "podmate.yml"): Promise<string> {
  const file = join(await tempDir(t), name);
  await writeFile(file, text);
  return file;
}

async function withInput(t: Test, input: string, ...args: readonly string[]): Promise<Ended> {
  const child = new TestProcess(t, process.execPath, [main, ...args], { input });
  const { code } = await child.exit;
  return { code, stdout: child.stdout, stderr: child.stderr };
}

t.test("version is a verb, too", async (t) => {
  t.same(await runVerb(t, "version"), { code: 0, stdout: `podmate ${version}\n`, stderr: "" });
});

t.test("check takes the file as a word, and either form", async (t) => {
  const file = await fileWith(t, good);
  t.same(await runVerb(t, "check", file), {
    code: 0,
    stdout: `${file} is good: 1 listener, 1 pool\n`,
    stderr: "",
  });
  t.match(await runVerb(t, "check"), { code: 2, stderr: "podmate: FILE is needed: podmate check FILE\n" });
  t.match(await runVerb(t, "check", file, "-c", file), { code: 2, stderr: /give one file/ });
  const theirs = await fileWith(t, nutcracker, "nutcracker.yml");
  t.match(await runVerb(t, "check", theirs), {
    code: 0,
    stdout: /1 pool \(twemproxy's form: run it with --twemproxy\)\n$/,
  });
  t.match(await runVerb(t, "run", "-c", theirs), {
    code: 64,
    stderr: /twemproxy's form; run it by `podmate run --twemproxy/,
  });
});

t.test("check - reads standard input", async (t) => {
  t.same(await withInput(t, good, "check", "-"), {
    code: 0,
    stdout: "standard input is good: 1 listener, 1 pool\n",
    stderr: "",
  });
  t.match(await withInput(t, "memcache: 1\n", "check", "-c", "-"), {
    code: 64,
    stderr: /^standard input:1:11: memcache: 1 is not allowed/m,
  });
});

t.test("check --json is for CI; --strict fails on warnings", async (t) => {
  const idle = await fileWith(t, `${good}  idle: { servers: [ h ] }\n`);
  const json = await runVerb(t, "check", "--json", idle);
  t.equal(json.code, 0);
  t.match(JSON.parse(json.stdout), {
    ok: true,
    file: idle,
    format: "podmate",
    listeners: 1,
    pools: 2,
    errors: [],
    warnings: [{ file: idle, line: 11, path: "pools.idle", message: /nobody uses this pool/ }],
  });
  t.match(await runVerb(t, "check", idle), {
    code: 0,
    stdout: /is good, with 1 warning: /,
    stderr: /\(warning\)\n$/,
  });
  t.match(await runVerb(t, "check", "--strict", idle), {
    code: 64,
    stdout: "",
    stderr: /podmate: 1 warning in /,
  });
  const bad = await runVerb(
    t,
    "check",
    "--json",
    await fileWith(t, good.replace("workers: 1", "workers: 0")),
  );
  t.equal(bad.code, 64);
  t.match(JSON.parse(bad.stdout), { ok: false, errors: [{ line: 2, path: "workers", message: String }] });
});

t.test("--skip-redis leaves Redis pools out, and says which", async (t) => {
  const file = await fileWith(t, nutcracker + redis, "nutcracker.yml");
  t.match(await runVerb(t, "convert", "twemproxy", file), {
    code: 64,
    stderr: /--skip-redis leaves such pools out/,
  });
  const converted = await runVerb(t, "convert", "twemproxy", "--skip-redis", file);
  t.match(converted, { code: 0, stderr: /:6:1: beta: this Redis pool is left out/ });
  t.match(converted.stdout, /# The Redis pool beta is left out/);
  t.notMatch(converted.stdout, /^ +beta:/m);
  t.match(await runVerb(t, "check", "--skip-redis", file), {
    code: 0,
    stdout: /with 1 warning: 1 listener, 1 pool/,
  });
  const only = await fileWith(t, redis, "nutcracker.yml");
  t.match(await runVerb(t, "check", "--skip-redis", only), {
    code: 64,
    stderr: /all pools of the file are Redis pools/,
  });
  const free = await fileWith(t, (nutcracker + redis).replaceAll("2212", "0"), "nutcracker.yml");
  t.match(await runVerb(t, "run", "--twemproxy", free), { code: 64, stderr: /--skip-redis/ });
  t.match(await runVerb(t, "run", "--skip-redis"), {
    code: 2,
    stderr: /--skip-redis is for twemproxy's file/,
  });

  t.match(await runVerb(t, "ring", "-c", file, "k"), { code: 64, stderr: /--skip-redis/ });
  t.match(await runVerb(t, "ring", "-c", file, "--skip-redis", "k"), { code: 0, stdout: /^k → / });
  t.match(await runVerb(t, "ring", "diff", "--skip-redis", file, file), {
    code: 0,
    stdout: /^pool alpha: 0\.00 % of the keys move/,
  });
});

t.test(
  "run --twemproxy --skip-redis says which pools it leaves out: in the log, and at a reload",
  async (t) => {
    const text = nutcracker.replace("22121", String(await freePort()));
    const file = await fileWith(t, text + redis, "nutcracker.yml");
    const daemon = podmate(t, ["run", "--twemproxy", file, "--skip-redis", "--admin", "127.0.0.1:0"]);
    const [line] = await daemon.waitForOutput(/^.*"podmate serves".*$/m);
    t.match(
      daemon.stderr,
      /"level":"warn".*"warning":"\S+:6:1: beta: this Redis pool is left out: only memcache/,
    );
    const { admin } = JSON.parse(line) as { admin: string };
    t.match(await runVerb(t, "reload", "--dry-run", "--admin", admin), {
      code: 0,
      stdout: /^nothing would change\nnote: \S+:6:1: beta: this Redis pool is left out/,
    });
    t.same(await daemon.stop("SIGTERM"), { code: 0, signal: null });
  },
);

t.test("ring diff does not cry wolf for random, which places no keys", async (t) => {
  const file = await fileWith(
    t,
    good.replace("    timeout", "    ring: { distribution: random }\n    timeout"),
  );
  t.same(await runVerb(t, "ring", "diff", file, file), {
    code: 0,
    stdout: "pool main: no key moves, for the distribution random gives keys no server of their own\n",
    stderr: "",
  });
});

t.test("log.format: text is for people, auto is JSON where nobody sees it", async (t) => {
  const file = await fileWith(t, configText(await startServers(t, 1), "log: { format: text }"));
  const daemon = podmate(t, ["run", "-c", file]);
  await daemon.waitForOutput(/^\d{4}-\S+Z INFO {2}daemon {2}podmate serves {2}version=/m);
  t.notMatch(daemon.stderr, "\x1b", "no colours where there is no terminal");
  t.match(await daemon.stop(), { code: 0 });
});

t.test("log.format: auto is text on a terminal", async (t) => {
  const file = await fileWith(t, configText(await startServers(t, 1), "lifecycle: { mode: native }"));
  const onTerminal = "import pty, sys; pty.spawn(sys.argv[1:])";
  const words = ["-c", onTerminal, process.execPath, main, "run", "-c", file];
  const { NO_COLOR: _, NODE_OPTIONS: __, ...env } = process.env;
  const daemon = new TestProcess(t, "python3", words, { env });
  const [, admin] = await daemon.waitForOutput(/Z INFO {2}daemon {2}podmate serves .*admin=(\S+)/);
  t.match(await runVerb(t, "stop", "--admin", admin!), { code: 0 });
  t.match(await daemon.exit, { code: 0 });
});

t.test("run -c - takes its configuration from standard input, and --log-level wins over it", async (t) => {
  const servers = await startServers(t, 1);
  const child = new TestProcess(t, process.execPath, [main, "run", "-c", "-", "--log-level", "debug"], {
    input: configText(servers, "log: { level: warn }"),
  });
  const [, admin] = await child.waitForOutput(/"admin":"([^"]+)".*"podmate serves"/);
  const level = await runVerb(t, "log-level", "--admin", admin!);
  t.match(level, { code: 0, stdout: /^all: debug\n/ });
  t.match(await child.stop(), { code: 0 });
  const wrong = podmate(t, ["run", "--log-level", "loud"]);
  t.match(await wrong.exit, { code: 2 });
});
