import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import { enterPage, leavePage } from "../../src/cli/live-page.ts";
import type { Traffic } from "../../src/cli/traffic.ts";
import { needs } from "../support/needs.ts";
import { TestProcess } from "../support/process.ts";
import { tempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";
import { configText, podmate, runVerb, startDaemon, startServers } from "./podmate.ts";

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** Runs a line of shell at a terminal of 80×24, by util-linux' `script`; what is written to it is typed. */
async function atTerminal(t: Test, line: string): Promise<TestProcess> {
  const { NODE_OPTIONS: _, NO_COLOR: __, ...env } = process.env;
  const args = ["-qefc", `stty rows 24 cols 80; ${line}; echo "code $?"; stty -a`, "/dev/null"];
  return new TestProcess(t, "script", args, { env, cwd: await tempDir(t) });
}

const quoted = (words: readonly string[]) => words.map((word) => `'${word}'`).join(" ");
const topLine = (admin: string, ...more: readonly string[]) =>
  quoted([process.execPath, main, "top", "--admin", admin, ...more]);

/** What stands on the screen after the last page, without colours. */
function lastPage(output: string): string[] {
  const page = output.slice(output.lastIndexOf("\x1b[H"));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what is drawn is told from how
  return page.replace(/\x1b\[[?\d;]*[A-Za-z]/g, "").split(/\r*\n/);
}

t.test("at a terminal: it draws, sorts, fits, and leaves the terminal as it was", async (t) => {
  if (!needs(t, "script")) return;
  const servers = await startServers(t, 2);
  const daemon = await startDaemon(t, configText(servers));

  for (const [name, end] of [
    ["q", "q"],
    ["Ctrl-C", "\x03"],
  ] as const) {
    t.test(name, async (t) => {
      const terminal = await atTerminal(t, topLine(daemon.admin, "--interval", "100ms"));
      await terminal.waitForOutput(/is ready[\s\S]*main: memcache maglev/);
      terminal.type("s");
      await terminal.waitForOutput(/sorted by errors/);
      await terminal.waitForOutput(/\d\d:\d\d:\d\d .*INFO .*daemon {2}podmate serves/);
      terminal.type("?");
      await terminal.waitForOutput(/show or hide this help/);
      terminal.type("?/no such server\r");
      await terminal.waitForOutput(/No server fits the filter/);
      terminal.type("/\x1b");
      await terminal.waitForOutput(/No server fits[\s\S]*main: memcache/);
      for (const server of servers) await terminal.waitForOutput(new RegExp(server.replaceAll(".", "\\.")));
      const page = lastPage(terminal.stdout);
      t.ok(page.length <= 24 && page.every((line) => line.length <= 80), page.join("\n"));
      terminal.type(end);
      await terminal.waitForOutput(/code 0/);
      const { code } = await terminal.exit;
      t.equal(code, 0);
      t.equal(terminal.stdout.split(enterPage).length, 2);
      t.equal(terminal.stdout.split(leavePage).length, 2);
      t.match(terminal.stdout, /[^-]icanon.*[^-]echo /s, "typing is shown again, line by line");
    });
  }

  t.test("another size of the terminal is taken at once", async (t) => {
    const terminal = await atTerminal(t, `tty; ${topLine(daemon.admin, "--interval", "60s")}`);
    const [path] = await terminal.waitForOutput(/\/dev\/pts\/\d+/);
    await terminal.waitForOutput(/main: memcache maglev/);
    t.ok(lastPage(terminal.stdout).length > 6);
    const resize = new TestProcess(t, "stty", ["-F", path, "rows", "6", "cols", "40"]);
    t.equal((await resize.exit).code, 0);
    const page = () => lastPage(terminal.stdout);
    await until(() => page().length <= 6 && page().every((line) => line.length <= 40), "drawn smaller");
    terminal.type("q");
    await terminal.exit;
  });
});

t.test("--once prints a page, --json an object, with rates", async (t) => {
  const servers = await startServers(t, 2);
  const daemon = await startDaemon(t, configText(servers));
  const client = await WireClient.connect(daemon.listener);
  t.teardown(() => client.close());
  await client.send("get a\r\nget b\r\n");
  await client.expect("END\r\nEND\r\n");

  const once = ["top", "--admin", daemon.admin, "--once", "--interval", "100ms"];
  const plain = await runVerb(t, ...once, "--sort", "name");
  t.equal(plain.code, 0, plain.stderr);
  t.match(plain.stdout, /^podmate \d.* is ready.*\n\nmain: memcache maglev, 0\.0 req\/s.*\n {2}server /);
  t.notMatch(plain.stdout, "\x1b");
  t.same(
    [...plain.stdout.matchAll(/127\.0\.0\.1:\d+/g)].map(([server]) => server),
    servers.toSorted(),
  );

  const json = await runVerb(t, ...once, "--json");
  const traffic = JSON.parse(json.stdout) as Traffic;
  t.match(traffic, { state: "ready", pools: [{ pool: "main", requests_per_second: 0, hit_share: null }] });
  const shares = traffic.pools[0]!.servers.map(({ key_share }) => key_share!);
  t.ok(Math.abs(shares[0]! + shares[1]! - 1) < 1e-5, String(shares));

  t.match(traffic, { verdict: { level: "ok" }, process: { config_version: 1, memory_limit_bytes: null } });
  t.ok(traffic.process!.uptime_ms > 0 && traffic.process!.resident_memory_bytes > 1e6);

  const stream = podmate(t, ["top", "--admin", daemon.admin, "--json", "--interval", "100ms"]);
  await stream.waitForOutput(/\n.*\n/);
  stream.kill("SIGINT");
  t.equal((await stream.exit).code, 0);
  for (const line of stream.stdout.trimEnd().split("\n")) t.match(JSON.parse(line), { state: "ready" });
});

t.test("what cannot be is refused", async (t) => {
  const nobody = ["top", "--admin", "127.0.0.1:1"];
  t.match(await runVerb(t, ...nobody), { code: 2, stderr: /this is none; use --once or --json/ });
  t.match(await runVerb(t, ...nobody, "--once"), { code: 1, stderr: /no daemon answers/ });
  t.match(await runVerb(t, ...nobody, "--sort", "x"), { code: 2, stderr: /--sort x: give one of rate, / });
  t.match(await runVerb(t, ...nobody, "--interval", "1ms"), { code: 2, stderr: /less than 100ms/ });
});
