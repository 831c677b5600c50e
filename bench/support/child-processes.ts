import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const children = new Set<ChildProcess>();
/** Children that have a process group of their own, with what they start in it. */
const leaders = new WeakSet<ChildProcess>();
const folders = new Set<string>();
let guarded = false;

/** Ends every child and removes every folder made here, however this process ends (but for SIGKILL). */
function guard(): void {
  if (guarded) return;
  guarded = true;
  process.on("exit", () => {
    for (const child of children) killNow(child);
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(130));
}

/** Kills a child, and all that it has started if it leads a group. */
function killNow(child: ChildProcess): void {
  try {
    if (leaders.has(child)) process.kill(-child.pid!, "SIGKILL");
    else child.kill("SIGKILL");
  } catch {
    // It has just ended by itself.
  }
}

/** Starts a program that ends with this process at the latest; with `detached`, so does all that it starts. */
export function spawnChild(command: readonly string[], options: SpawnOptions = {}): ChildProcess {
  guard();
  const child = spawn(command[0]!, command.slice(1), { stdio: ["ignore", "ignore", "inherit"], ...options });
  children.add(child);
  if (options.detached === true && child.pid !== undefined) leaders.add(child);
  child.on("exit", () => children.delete(child));
  child.on("error", (error) => {
    children.delete(child);
    process.stderr.write(`${command[0]}: ${error.message}\n`);
  });
  return child;
}

/** A new folder that is removed when this process ends. */
export function temporaryFolder(): string {
  guard();
  const folder = mkdtempSync(join(tmpdir(), "podmate-bench-"));
  folders.add(folder);
  return folder;
}

/** Asks a child to end with SIGTERM; after `graceMs` it is killed. Resolves when it is gone. */
export async function endChild(child: ChildProcess, graceMs = 3000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  const kill = setTimeout(() => killNow(child), graceMs);
  await gone;
  clearTimeout(kill);
}

/** Runs a program to its end; resolves to its standard output, rejects if it failed. */
export async function runToEnd(command: readonly string[], options: SpawnOptions = {}): Promise<string> {
  const child = spawnChild(command, { ...options, stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${signal ?? code}\n${output}`.trim());
  return output;
}

/** Waits until something accepts connections on the port; rejects after `limitMs` or when the child has ended. */
export async function accepting(port: number, child: ChildProcess, limitMs = 15_000): Promise<void> {
  const end = performance.now() + limitMs;
  while (performance.now() < end) {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) break;
    if (await canConnect(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${child.spawnargs.join(" ")} does not accept connections on port ${port}`);
}

/** The processes that a child has started; waits until there are at least `count`, rejects after `limitMs`. */
export async function childIds(child: ChildProcess, count: number, limitMs = 15_000): Promise<number[]> {
  const end = performance.now() + limitMs;
  while (performance.now() < end) {
    const ids = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "latin1").match(/\d+/g) ?? [];
    if (ids.length >= count) return ids.map(Number);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${child.spawnargs.join(" ")} has started fewer than ${count} processes`);
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.on("connect", () => socket.destroy());
    socket.on("error", () => undefined);
    socket.on("close", (hadError) => resolve(!hadError));
  });
}
