import type { ChildProcess } from "node:child_process";
import type { Environment } from "../config/environment.ts";
import type { ConfigInput, ConfigRead } from "../config/read-config.ts";
import type { LoadedServers } from "../config/servers-file.ts";
import type { ReadRequest } from "../config-reader.ts";
import { loadChildProcess } from "../core/lazy-builtins.ts";
import { threadEntry } from "../workers/thread-entry.ts";

/** A process that was started before anybody asked for it. */
let ahead: ChildProcess | null = null;

/**
 * Starts the process for the next reading: it loads its modules while this one comes to know what is to be read. Where
 * nothing is read after all, it ends with this process.
 */
export function startReader(): void {
  const child = start();
  ahead = child;
  // If it fails, the next reading starts another one.
  const gone = (): void => {
    if (ahead === child) ahead = null;
  };
  child.once("error", gone).once("exit", gone);
}

/**
 * Reads a configuration in a process of its own, which ends with that. The YAML reader, the schema's compiled checks
 * and what V8 optimizes on the way take 10 MB that a daemon would carry until its next reload; a thread would not do,
 * for V8 keeps the heap of one that has ended. Meanwhile the daemon loads its own code.
 * Rejects if the process cannot be started or ends without an answer.
 */
export function readInProcess(input: ConfigInput, environment: Environment): Promise<ConfigRead> {
  return ask<ConfigRead>({ kind: "config", input }, environment);
}

/** Reads the text of a file of servers in the same way. `port` is that of servers which name none. */
export function readServersInProcess(
  text: string,
  file: string,
  port: number,
  environment: Environment,
): Promise<LoadedServers> {
  return ask<LoadedServers>({ kind: "servers", text, file, port }, environment);
}

/** Characters of what it says before it dies. */
const longestComplaint = 4_000;

function ask<Answer>(request: ReadRequest, environment: Environment): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const child = ahead ?? start();
  ahead = null;
  let complaint = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    complaint = `${complaint}${text}`.slice(0, longestComplaint);
  });
  child.once("message", (answer) => resolve(answer as Answer));
  child.once("error", reject);
  // Comes after the last message, however the process has ended.
  child.once("close", () =>
    reject(new Error(`the process that reads the configuration has died: ${complaint.trim()}`)),
  );
  child.send([request, { ...environment }], (error) => error && reject(error));
  return promise;
}

function start(): ChildProcess {
  return loadChildProcess().fork(threadEntry("config-reader"), {
    // Not the daemon's: a profile is the daemon's alone. No signal opens a debugger, not even while Node starts.
    execArgv: ["--disable-sigusr1"],
    serialization: "advanced",
    // A stderr that is handed down is made to block, for the daemon too.
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
}
