import { fileURLToPath } from "node:url";
import { runToEnd } from "../support/child-processes.ts";
import { programVersion } from "../support/environment.ts";
import type { Contender } from "./contender.ts";
import { direct } from "./direct.ts";
import { memcachedProxy } from "./memcached-proxy.ts";
import type { BenchOptions } from "./options.ts";
import { podmate } from "./podmate.ts";
import { twemproxy } from "./twemproxy.ts";

export const projectFolder = fileURLToPath(new URL("../..", import.meta.url));

/** What is to be measured, in the order of the rounds. Builds podmate if need be; throws if a program is missing. */
export async function contendersOf(options: BenchOptions, servers: readonly number[]): Promise<Contender[]> {
  const contenders: Contender[] = [];
  for (const peer of options.peers) {
    if (peer === "podmate") {
      const command = await podmateCommand(options);
      contenders.push(...options.workers.map((workers) => podmate(servers, workers, command)));
    } else if (peer === "twemproxy") {
      contenders.push(twemproxy(servers, requiredVersion("nutcracker")));
    } else if (peer === "memcached-proxy") {
      const program = options.memcachedProxy!;
      contenders.push(memcachedProxy(servers, program, requiredVersion(program)));
    } else {
      contenders.push(direct(requiredVersion("memcached")));
    }
  }
  return contenders;
}

/** The command that stands before `run`; makes the build first unless another command is given. */
export async function podmateCommand(options: BenchOptions): Promise<readonly string[]> {
  if (options.podmateCommand !== null) return options.podmateCommand;
  await runToEnd(["npm", "run", "--silent", "build"], { cwd: projectFolder });
  return [process.execPath, `${projectFolder}dist/main.js`];
}

function requiredVersion(program: string): string {
  const version = programVersion(program, "-V");
  if (version === null) throw new Error(`${program} is not installed`);
  return version;
}
