import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { spawnChild } from "./child-processes.ts";
import type { Contender } from "./contender.ts";
import { type CpuProfile, type SelfTime, selfTimes } from "./cpu-profile.ts";
import { type RunLoad, type Scenario, warmUp } from "./run-scenario.ts";
import { textTable } from "./text-table.ts";

const shownFunctions = 30;

/** Times in seconds. */
export interface ProfileRun<S extends Scenario> {
  readonly kind: "cpu-prof" | "perf";
  readonly seconds: number;
  readonly warmup: number;
  /** Gets one sub-folder per scenario. */
  readonly folder: string;
  /** Node first; flags of the profiler are put behind it. */
  readonly command: readonly string[];
  /** podmate with one worker, started by a command. */
  podmate(command: readonly string[]): Contender;
  readonly runLoad: RunLoad<S>;
}

/**
 * Runs podmate with one worker under a scenario's load and records where its time goes: with V8's sampling profiler,
 * or with `perf record`, which sees the kernel too. Resolves to a text for the terminal.
 */
export async function profileScenario<S extends Scenario>(scenario: S, run: ProfileRun<S>): Promise<string> {
  const { kind, command, runLoad } = run;
  const folder = join(run.folder, scenario.id);
  mkdirSync(folder, { recursive: true });
  const before = new Set(readdirSync(folder));
  const flags = kind === "perf" ? ["--perf-basic-prof"] : ["--cpu-prof", `--cpu-prof-dir=${folder}`];
  const target = await run.podmate([command[0]!, ...flags, ...command.slice(1)]).start();
  await runLoad(target, scenario, warmUp(run.warmup));
  const perfData = join(folder, "perf.data");
  const perf = kind === "perf" ? spawnPerf(target.pids[0]!, perfData, run.seconds) : null;
  await runLoad(target, scenario, { seconds: run.seconds, warmup: 0, first: false, seed: 1 });
  if (perf !== null) await once(perf, "exit");
  await target.stop();
  if (kind === "perf") {
    const symbols = `names of compiled functions: /tmp/perf-${target.pids[0]}.map`;
    return `${scenario.title}\n  perf report --no-children -i ${perfData}\n  ${symbols}\n`;
  }
  const written = readdirSync(folder).filter((file) => file.endsWith(".cpuprofile") && !before.has(file));
  return `${scenario.title}\n${describeProfiles(written.map((file) => join(folder, file)))}`;
}

function spawnPerf(pid: number, output: string, seconds: number) {
  // cpu-clock also exists where a virtual machine has no hardware counters.
  const record = ["perf", "record", "-e", "cpu-clock", "-F", "999", "-g", "-p", String(pid), "-o", output];
  return spawnChild([...record, "--", "sleep", String(seconds)]);
}

/** The profiles of all threads, the busiest first; of those that did little beside it, one line. */
function describeProfiles(files: readonly string[]): string {
  const threads = files
    .map((file) => ({
      file,
      ...selfTimes(JSON.parse(readFileSync(file, "utf8")) as CpuProfile, shownFunctions),
    }))
    .sort((a, b) => b.busyMs - a.busyMs);
  const enough = (threads[0]?.busyMs ?? 0) / 2;
  return threads
    .map(({ file, busyMs, top }) => {
      const heading = `${file}\n  ${busyMs.toFixed(0)} ms busy\n`;
      return busyMs < enough ? heading : heading + textTable(["  self time", ""], top.map(profileRow));
    })
    .join("\n");
}

function profileRow({ where, share }: SelfTime): string[] {
  return [`  ${where}`, `${(share * 100).toFixed(1)} %`];
}
