/** The log of a running daemon: shown, followed, turned up. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import { freePort } from "../support/free-port.ts";
import { tempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { configText, type Daemon, podmate, runVerb, startDaemon, startServers } from "./podmate.ts";

const start = async (t: Test) => startDaemon(t, configText(await startServers(t, 1)));

interface Levels {
  readonly level: string;
  readonly modules: readonly { readonly module: string; readonly level: string; readonly set: boolean }[];
}

async function levels(daemon: Daemon): Promise<Levels> {
  return JSON.parse((await daemon.get("/log-level")).text) as Levels;
}

t.test("logs: for people, and as JSON; what the daemon refuses is told", async (t) => {
  const daemon = await start(t);
  const admin = ["--admin", daemon.admin];
  const { code, stdout } = await runVerb(t, "logs", ...admin);
  t.equal(code, 0);
  t.match(stdout, /^20\S+Z INFO {2}\w+ {2}podmate serves {2}version=.*$/m);
  const json = await runVerb(t, "logs", "--json", "-n", "1", ...admin);
  t.match(JSON.parse(json.stdout), { sequence: Number, level: "info", msg: "podmate serves" });
  t.match(await runVerb(t, "logs", "--level", "fatal", ...admin), {
    code: 0,
    stdout: "",
    stderr: "no lines with this level\n",
  });
  t.match(await runVerb(t, "logs", "--level", "loud", ...admin), {
    code: 2,
    stderr: /--level loud: give one of trace, /,
  });
});

t.test("logs: a daemon that has logged nothing says at which level", async (t) => {
  const admin = `127.0.0.1:${await freePort()}`;
  const text = configText(await startServers(t, 1), "log: { level: fatal }");
  const file = join(await tempDir(t), "podmate.yml");
  await writeFile(file, text);
  const daemon = podmate(t, ["run", "-c", file, "--admin", admin]);
  t.match(await runVerb(t, "wait-ready", "--admin", admin), { code: 0 });
  t.same(await runVerb(t, "logs", "--admin", admin), {
    code: 0,
    stdout: "",
    stderr: "no lines yet: the level is fatal; `podmate log-level info` has more written\n",
  });
  await daemon.stop("SIGTERM");
});

t.test("logs -f ends with 0 when the daemon ends, having shown why", async (t) => {
  const daemon = await start(t);
  const follower = podmate(t, ["logs", "-f", "--admin", daemon.admin]);
  await follower.waitForOutput(/podmate serves/);
  await daemon.process.stop("SIGTERM");
  t.same(await follower.exit, { code: 0, signal: null });
  t.match(follower.stdout, /from=ready {2}to=draining {2}reason=SIGTERM/);
});

t.test("logs -f ends with 0 at Ctrl-C, and with 1 when the daemon vanishes", async (t) => {
  const daemon = await start(t);
  const [patient, left] = [0, 1].map(() => podmate(t, ["logs", "-f", "--json", "--admin", daemon.admin]));
  await Promise.all([patient, left].map((follower) => follower!.waitForOutput(/podmate serves/)));
  t.same(await patient!.stop("SIGINT"), { code: 0, signal: null });
  await daemon.process.stop("SIGKILL");
  t.same(await left!.exit, { code: 1, signal: null });
  t.match(left!.stderr, /the daemon has gone/);
});

t.test("signals turn the level of the whole, PUT that of a module", async (t) => {
  const daemon = await start(t);
  daemon.process.kill("SIGTTIN");
  await until(async () => (await levels(daemon)).level === "debug");
  daemon.process.kill("SIGTTOU");
  await until(async () => (await levels(daemon)).level === "info");
  const answer = await fetch(`http://${daemon.admin}/log-level`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ module: "ambassador", level: "debug", for: "10m" }),
  });
  t.equal(answer.status, 200);
  t.match(
    (await levels(daemon)).modules.find(({ module }) => module === "ambassador"),
    { level: "debug", set: true },
  );
  // The timer that would take it back does not keep the daemon from ending.
  t.same(await daemon.process.stop("SIGTERM"), { code: 0, signal: null });
});
