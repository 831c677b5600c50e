import { spawn } from "node:child_process";
import type { Clock } from "./clock.ts";

export interface CommandOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What it can read from its standard input. */
  readonly input?: string;
  readonly clock: Pick<Clock, "after">;
  /** Kills the command. */
  readonly signal: AbortSignal;
}

/** Of what a command prints, so many bytes at the end are kept, to tell why it failed. */
const keptOutput = 1_024;
/** How long output is waited for when the command has ended, in ms: another process may hold on to it. */
const outputGrace = 100;

/**
 * Runs a command without a shell. Rejects if it cannot be started, or ends with anything but 0.
 *
 * It has a process group of its own, which is killed when the signal is aborted, or podmate exits, and also when the command
 * has ended: nobody would look after what it has left behind. Where podmate is the container's first process, what is killed so
 * stays in the table of processes, for only its native parent could reap it; hence a command that leaves processes behind
 * is a failure that is told of.
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  { env, input = "", clock, signal }: CommandOptions,
): Promise<void> {
  if (signal.aborted) return;
  const child = spawn(command, args, { detached: true, env, stdio: ["pipe", "pipe", "pipe"] });
  const { stdin, stdout, stderr } = child;
  let output = Buffer.alloc(0);
  const keep = (chunk: Buffer): void => {
    output = Buffer.concat([output, chunk]).subarray(-keptOutput);
  };
  stdout.on("data", keep);
  stderr.on("data", keep);
  // A command need not read what it is told.
  stdin.on("error", () => {}).end(input);
  const kill = (): boolean => child.pid !== undefined && killGroup(child.pid);
  signal.addEventListener("abort", kill);
  process.once("exit", kill);

  const { promise: ended, resolve, reject } = Promise.withResolvers<string>();
  let leftBehind = false;
  child.once("error", (error) => {
    process.removeListener("exit", kill);
    reject(error);
  });
  child.once("exit", () => {
    signal.removeEventListener("abort", kill);
    process.removeListener("exit", kill);
    leftBehind = kill();
    const cancel = clock.after(outputGrace, () => {
      stdout.destroy();
      stderr.destroy();
    });
    child.once("close", cancel);
  });
  child.once("close", (code, killer) => resolve(killer ?? String(code)));

  const end = await ended;
  const said = output.toString().trim();
  if (end !== "0") throw new Error(`it ended with ${end}${said === "" ? "" : `: ${said}`}`);
  if (leftBehind) throw new Error("it left processes behind, which were killed");
}

/** Whether there was anybody to kill. */
function killGroup(leader: number): boolean {
  try {
    return process.kill(-leader, "SIGKILL");
  } catch {
    return false;
  }
}
