import { fork } from "node:child_process";
import { threadEntry } from "../../workers/thread-entry.ts";
import type { YamlAnswer } from "./yaml-program.ts";

/**
 * Reads YAML with what is secret in it hidden, in a process of its own that is killed with the signal: a reader of YAML
 * can be kept busy for a minute by 200 kB that are made for it, and everybody who asks podmate something would wait.
 * Rejects if it is none, with an empty message where there is no more to say.
 */
export async function readYaml(text: string, signal: AbortSignal): Promise<unknown> {
  const child = fork(threadEntry("roles/app/yaml-program"), {
    execArgv: ["--max-old-space-size=128"],
    serialization: "advanced",
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    signal,
    killSignal: "SIGKILL",
  });
  const { promise, resolve, reject } = Promise.withResolvers<YamlAnswer>();
  child.once("message", (answer) => resolve(answer as YamlAnswer));
  child.once("error", reject);
  // Comes after the last message, however the process has ended.
  child.once("close", () => reject(new Error("what reads it has died")));
  child.send(text, (error) => error && reject(error));
  const answer = await promise;
  if ("error" in answer) throw new Error(answer.error);
  return JSON.parse(answer.json);
}
