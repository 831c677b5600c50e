import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { findProgram } from "../support/needs.ts";
import { type Exit, TestProcess } from "../support/process.ts";
import type { Teardown } from "../support/teardown.ts";
import type { BuiltImage } from "./built-image.ts";

/** The part of a tap test that `needsContainers` uses. */
interface Skippable {
  plan(count: number, reason: string): void;
}

const unshare = ["--mount", "--pid", "--fork", "--kill-child"];

/** Makes `$1` the root, read-only, with `$2` as /etc/podmate; the rest of the words run in it, as user `$3`. */
const enter = `
set -e
root=$1 config=$2 user=$3
shift 3
mount --bind "$root" "$root"
mount --bind "$config" "$root/etc/podmate"
mount -o remount,bind,ro "$root/etc/podmate"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -o remount,bind,ro "$root"
exec env -i "$@"
`;

/** Whether a test can have containers. Where not, it is skipped with the reason printed, but fails in CI. */
export function needsContainers(t: Skippable): boolean {
  const reason = whyNot();
  if (reason === undefined) return true;
  if (process.env["CI"]) throw new Error(`${reason}, and nothing may be skipped in CI`);
  t.plan(0, reason);
  return false;
}

function whyNot(): string | undefined {
  if (process.getuid?.() !== 0) return "only root can mount a file system and be another user in it";
  const needed = ["unshare", "nsenter", "setpriv", "chroot", "npm"];
  const missing = needed.filter((name) => findProgram(name) === undefined);
  if (missing.length > 0) return `not installed: ${missing.join(", ")}`;
  const { status, stderr } = spawnSync("unshare", [...unshare, "true"], { encoding: "utf8" });
  return status === 0 ? undefined : `unshare gives no namespaces: ${stderr.trim()}`;
}

/**
 * A container without an engine: namespaces of its own for processes and mounts, a root that is the image's and cannot be
 * written to, the user that the image names, and no way to more rights. The network is the machine's.
 */
export class Container {
  readonly #image: BuiltImage;
  readonly #process: TestProcess;
  readonly #t: Teardown;

  /** Starts `args` after the image's entrypoint, by default its command; `config` is the folder at /etc/podmate. */
  constructor(t: Teardown, image: BuiltImage, config: string, args: readonly string[] = image.command) {
    this.#image = image;
    this.#t = t;
    const words = [...asUser(image), ...image.entrypoint, ...args];
    const script = ["sh", "-c", enter, "sh", image.root, config, image.user, ...variables(image), ...words];
    this.#process = new TestProcess(t, "unshare", [...unshare, ...script]);
  }

  /** Waits for a line of its log. */
  waitForLog(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#process.waitForOutput(pattern);
  }

  get log(): string {
    return this.#process.stderr;
  }

  /** Resolves when it has ended. */
  get exit(): Promise<Exit> {
    return this.#process.exit;
  }

  /** Id of its first process, as seen from outside. */
  get pid(): number {
    const outer = this.#process.pid;
    return Number(readFileSync(`/proc/${outer}/task/${outer}/children`, "utf8").trim());
  }

  /** Resident memory of its first process, in millions of bytes. */
  get memory(): number {
    const [, kibibytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.pid}/status`, "utf8")) ?? [];
    return (Number(kibibytes) * 1024) / 1e6;
  }

  /** Runs a program in it, as `docker exec` and the kubelet do. */
  async exec(
    ...words: readonly string[]
  ): Promise<Exit & { readonly stdout: string; readonly stderr: string }> {
    const [uid = "", gid = ""] = this.#image.user.split(":");
    const inside = ["--target", String(this.pid), "--mount", "--pid", "--root", "--wd"];
    const who = ["--setuid", uid, "--setgid", gid];
    const command = ["-i", ...variables(this.#image), "nsenter", ...inside, ...who, "--", ...words];
    const child = new TestProcess(this.#t, "env", command);
    const exit = await child.exit;
    return { ...exit, stdout: child.stdout, stderr: child.stderr };
  }

  /** Ends it as an engine does. */
  async stop(): Promise<Exit> {
    process.kill(this.pid, "SIGTERM");
    return await this.#process.exit;
  }
}

function variables({ env }: BuiltImage): string[] {
  return Object.entries(env).map(([name, value]) => `${name}=${value}`);
}

function asUser({ root, user }: BuiltImage): string[] {
  // By its path: the variables are the container's already.
  const chroot = findProgram("chroot") ?? "chroot";
  return ["setpriv", "--no-new-privs", chroot, `--userspec=${user}`, "--groups=", root];
}
