import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { accepting, endChild, spawnChild, temporaryFolder } from "../support/child-processes.ts";
import type { Contender, RunningContender } from "../support/contender.ts";
import { freePort } from "../support/free-port.ts";
import type { RunLoad, Scenario } from "../support/run-scenario.ts";

/** podmate's configuration for one run. */
export type ConfigFor = (port: number, adminPort: number) => string;

/** A podmate, and which management interface is kept busy while it is measured. */
interface HammeredContender extends RunningContender {
  /** null: none. */
  readonly hammer: number | null;
}

type MakeContender = (command: readonly string[], config: ConfigFor) => Contender;

const version = "podmate, 1 worker";
/** Time for the drain. */
const graceMs = 20_000;
const hammerProgram = fileURLToPath(new URL("./hammer.ts", import.meta.url));

/** Nobody asks its management interface anything. */
export const atRest: MakeContender = (command, config) => ({
  name: "at rest",
  version,
  start: async () => ({ ...(await startPodmate(command, config)), hammer: null }),
});

/**
 * Another podmate's management interface is kept busy: what the hammer and the answers to it cost a machine of few cores,
 * though they have nothing to do with the traffic.
 */
export const hammerElsewhere: MakeContender = (command, config) => ({
  name: "beside a busy one",
  version,
  async start() {
    const measured = await startPodmate(command, config);
    const other = await startPodmate(command, config);
    const stop = async (): Promise<void> => void (await Promise.all([measured.stop(), other.stop()]));
    return { ...measured, hammer: other.adminPort, stop };
  },
});

/** Its own management interface is kept busy. */
export const hammered: MakeContender = (command, config) => ({
  name: "podmate, kept busy",
  version,
  async start() {
    const running = await startPodmate(command, config);
    return { ...running, hammer: running.adminPort };
  },
});

/** Runs the load, and meanwhile keeps the interface busy that the contender names. `each` clients of each kind. */
export function whileHammered<S extends Scenario>(runLoad: RunLoad<S>, each: number): RunLoad<S> {
  return async (target, scenario, run) => {
    const { hammer } = target as HammeredContender;
    if (hammer === null) return runLoad(target, scenario, run);
    const child = spawnChild([
      process.execPath,
      hammerProgram,
      "--port",
      String(hammer),
      "--each",
      String(each),
    ]);
    try {
      return await runLoad(target, scenario, run);
    } finally {
      await endChild(child);
    }
  };
}

async function startPodmate(
  command: readonly string[],
  config: ConfigFor,
): Promise<RunningContender & { readonly adminPort: number }> {
  const port = await freePort();
  const adminPort = await freePort();
  const file = join(temporaryFolder(), "podmate.yaml");
  writeFileSync(file, config(port, adminPort));
  const child = spawnChild([...command, "run", "-c", file]);
  await accepting(port, child);
  return { pids: [child.pid!], port, adminPort, stop: () => endChild(child, graceMs) };
}
