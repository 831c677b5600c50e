import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Address } from "../../src/core/address.ts";
import { type Exit, TestProcess } from "./process.ts";
import type { Teardown } from "./teardown.ts";
import { tempDir } from "./temp-dir.ts";

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** A process namespace of one's own, as a container has it; who is not root needs a user namespace for that. */
const namespace = [
  ...(process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"]),
  ...["--pid", "--fork", "--mount-proc", "--kill-child"],
];

/** The part of a tap test that `needsPods` uses. */
interface Skippable {
  plan(count: number, reason: string): void;
}

/** Whether processes can have a namespace here. Where not, the test is skipped with the reason printed, but fails in CI. */
export function needsPods(t: Skippable): boolean {
  const { status, stderr } = spawnSync("unshare", [...namespace, "true"], { encoding: "utf8" });
  if (status === 0) return true;
  const reason = `unshare gives no process namespace: ${stderr?.trim() || "it is not installed"}`;
  if (process.env["CI"]) throw new Error(`${reason}, and nothing may be skipped in CI`);
  t.plan(0, reason);
  return false;
}

/** podmate as the first process of a container. */
export class Pod {
  readonly process: TestProcess;
  readonly admin: string;
  /** As the configuration lists them: memcache, then HTTP. */
  readonly listeners: readonly Address[];
  readonly #pid: number;

  private constructor(process: TestProcess, pid: number, admin: string, listeners: readonly Address[]) {
    this.process = process;
    this.#pid = pid;
    this.admin = admin;
    this.listeners = listeners;
  }

  /** Starts it on this configuration, and waits until it serves. */
  static async start(t: Teardown, config: string): Promise<Pod> {
    const started = await Pod.begin(t, config);
    const [line] = await started.process.waitForOutput(/^.*"podmate serves".*$/m);
    const { admin, listeners } = JSON.parse(line) as { admin: string; listeners: string[] };
    return new Pod(started.process, started.pid(), admin, listeners.map(addressOf));
  }

  /** Starts it and gives its process at once; `pid` is known a moment later. */
  static async begin(t: Teardown, config: string): Promise<{ readonly process: TestProcess; pid(): number }> {
    const file = join(await tempDir(t), "podmate.yml");
    await writeFile(file, config);
    // What the tests run under is not what the daemon is started with.
    const { NODE_OPTIONS: _, ...env } = process.env;
    const words = [...namespace, process.execPath, main, "run", "-c", file];
    const outer = new TestProcess(t, "unshare", words, { env });
    return { process: outer, pid: () => childOf(outer.pid as number) };
  }

  /** As the kubelet sends it: from outside the namespace. */
  kill(signal: NodeJS.Signals): void {
    process.kill(this.#pid, signal);
  }

  get exit(): Promise<Exit> {
    return this.process.exit;
  }

  /** Processes in its namespace, itself included, with the letter of their state. */
  processes(): readonly { readonly name: string; readonly state: string }[] {
    const { stdout } = spawnSync(
      "nsenter",
      ["--target", String(this.#pid), "--pid", "--mount", "ps", "-eo", "stat=,comm="],
      { encoding: "utf8" },
    );
    return stdout
      .trim()
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .map(([state = "", name = ""]) => ({ name, state: state.charAt(0) }))
      .filter(({ name }) => name !== "ps");
  }
}

/** The only child of a process; 0 if it has none. */
function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim());
}

function addressOf(text: string): Address {
  const [host = "", port] = text.split(":");
  return { host, port: Number(port) };
}
