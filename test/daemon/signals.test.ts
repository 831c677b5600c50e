/** Signals as people and managers send them to a daemon, and to the processes that work for it. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { tempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { configText, podmate, startDaemon } from "./podmate.ts";

const config = configText(["127.0.0.1:1"]);

t.test("SIGUSR1 and SIGUSR2 do nothing but a line in the log: no debugger, no death", async (t) => {
  const daemon = await startDaemon(t, config);
  for (const signal of ["SIGUSR1", "SIGUSR2"] as const) {
    daemon.process.kill(signal);
    await daemon.process.waitForOutput(
      new RegExp(`"signal":"${signal}".*"this signal has no meaning to podmate"`),
    );
  }
  t.equal((await daemon.get("/ready")).status, 200);
  t.notMatch(daemon.process.stderr, /Debugger/);
  t.same(await daemon.process.stop(), { code: 0, signal: null });
});

t.test("SIGQUIT drains", async (t) => {
  const daemon = await startDaemon(t, config);
  t.same(await daemon.process.stop("SIGQUIT"), { code: 0, signal: null });
  t.match(daemon.process.stderr, /"to":"draining","reason":"SIGQUIT"/);
});

/** Has the process get signals when it starts another one: long before there is a daemon. */
const early = `data:text/javascript,${encodeURIComponent(`
const processes = process.getBuiltinModule("node:child_process");
const { fork } = processes;
processes.fork = (...words) => {
  for (const signal of ["SIGUSR1", "SIGUSR2", "SIGHUP"]) process.kill(process.pid, signal);
  processes.fork = fork;
  return fork(...words);
};`)}`;

t.test("while it starts, too; what it is asked for waits until it serves", async (t) => {
  const file = join(await tempDir(t), "podmate.yml");
  await writeFile(file, config);
  const daemon = podmate(t, ["run", "-c", file], ["--import", early]);
  await daemon.waitForOutput(/"trigger":"SIGHUP".*"configuration reloaded"|"configuration not reloaded/);
  t.notMatch(daemon.stderr, /Debugger|not reloaded/);
  t.same(await daemon.stop(), { code: 0, signal: null });
});

/** Linux's number of SIGUSR1, the last that the reader listens for. */
const sigusr1 = 10;

t.test("the process that reads the configuration leaves such signals to the daemon", async (t) => {
  const reader = fork(fileURLToPath(new URL("../../src/config-reader.ts", import.meta.url)), {
    execArgv: ["--disable-sigusr1"],
    serialization: "advanced",
  });
  t.teardown(() => reader.kill("SIGKILL"));
  await until(async () => {
    const status = await readFile(`/proc/${reader.pid}/status`, "utf8");
    const caught = BigInt(`0x${/^SigCgt:\s*([0-9a-f]+)$/m.exec(status)?.[1]}`);
    return ((caught >> BigInt(sigusr1 - 1)) & 1n) === 1n;
  });
  for (const signal of ["SIGUSR1", "SIGUSR2", "SIGHUP", "SIGTTIN", "SIGTTOU"] as const) reader.kill(signal);
  reader.send([{ kind: "servers", text: "[ 10.0.0.1:1 ]", file: "servers.yml", port: 1 }, {}]);
  const [answer] = await Promise.race([once(reader, "message"), once(reader, "exit")]);
  t.match(answer, { ok: true });
});
