import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { accepting, endChild, runToEnd, spawnChild, temporaryFolder } from "./child-processes.ts";
import type { Contender } from "./contender.ts";
import { freePort } from "./free-port.ts";

const projectFolder = fileURLToPath(new URL("../..", import.meta.url));
/** Time for the drain and for writing a profile. */
const graceMs = 20_000;

/** podmate as operators run it, with the configuration that `config` makes; `command` stands before `run`. */
export function podmate(
  command: readonly string[],
  workers: number,
  config: (port: number, adminPort: number, workers: number) => string,
): Contender {
  return {
    name: workers === 1 ? "podmate" : `podmate, ${workers} workers`,
    version: `podmate, ${workers} worker${workers === 1 ? "" : "s"}`,
    async start() {
      const port = await freePort();
      const file = join(temporaryFolder(), "podmate.yaml");
      writeFileSync(file, config(port, await freePort(), workers));
      const child = spawnChild([...command, "run", "-c", file]);
      await accepting(port, child);
      return { pids: [child.pid!], port, stop: () => endChild(child, graceMs) };
    },
  };
}

/** The command that stands before `run`; makes the build first unless another command is given. */
export async function podmateCommand(given: readonly string[] | null): Promise<readonly string[]> {
  if (given !== null) return given;
  await runToEnd(["npm", "run", "--silent", "build"], { cwd: projectFolder });
  return [process.execPath, `${projectFolder}dist/main.js`];
}
