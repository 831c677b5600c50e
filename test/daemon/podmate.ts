import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Test } from "tap";
import type { Address } from "../../src/core/address.ts";
import { startMemcacheNode } from "../../src/embedded/memcache-node.ts";
import { TestProcess } from "../support/process.ts";
import { tempDir } from "../support/temp-dir.ts";

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/**
 * Starts the real command line. `nodeFlags` stand before the program, `variables` are added to its environment. `starter`: the
 * command that starts it, of which all this is an argument.
 */
export function podmate(
  t: Test,
  args: readonly string[],
  nodeFlags: readonly string[] = [],
  variables: Readonly<Record<string, string>> = {},
  starter: readonly string[] = [],
): TestProcess {
  // What the tests run under is not what the daemon is started with.
  const { NODE_OPTIONS: _, PODMATE_ADMIN: __, ...env } = process.env;
  const [command, ...rest] = [...starter, process.execPath, ...nodeFlags, main, ...args];
  return new TestProcess(t, command!, rest, {
    env: { ...env, ...variables },
  });
}

/** A verb that has ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a verb to its end. */
export async function runVerb(t: Test, ...args: readonly string[]): Promise<Ended> {
  const child = podmate(t, args);
  const { code } = await child.exit;
  return { code, stdout: child.stdout, stderr: child.stderr };
}

/** A daemon that runs on a file in a folder of its own, in front of memcache nodes in this process. */
export interface Daemon {
  readonly process: TestProcess;
  readonly file: string;
  /** Value of `--admin`. */
  readonly admin: string;
  readonly listener: Address;
  /** Writes the file anew. */
  write(text: string): Promise<void>;
  get(path: string): Promise<{ readonly status: number; readonly text: string }>;
}

/**
 * The configuration that the tests start from; `more` are further lines. Its servers run in the process of the test: where
 * that has to wait for a processor, they have done nothing wrong.
 */
export function configText(servers: readonly string[], more = ""): string {
  return `admin: { listen: "127.0.0.1:0" }
workers: 1
${more}
memcache:
  - { name: cache, listen: "127.0.0.1:0", pool: main }
pools:
  main:
    timeout: 60s
    connect_timeout: 60s
    servers: [ ${servers.map((server) => JSON.stringify(server)).join(", ")} ]
`;
}

/** Addresses of `count` memcache nodes that run in this process until the test ends. */
export async function startServers(t: Test, count: number): Promise<string[]> {
  const nodes = await Promise.all(Array.from({ length: count }, () => startMemcacheNode()));
  t.teardown(() => Promise.all(nodes.map((node) => node.close())));
  return nodes.map(({ address }) => ("port" in address ? `${address.host}:${address.port}` : ""));
}

/** Starts a daemon on this configuration and waits until it serves. */
export async function startDaemon(t: Test, text: string, nodeFlags: readonly string[] = []): Promise<Daemon> {
  const file = join(await tempDir(t), "podmate.yml");
  await writeFile(file, text);
  return await startDaemonOn(t, file, nodeFlags);
}

/** Starts a daemon on this file and waits until it serves. */
export async function startDaemonOn(
  t: Test,
  file: string,
  nodeFlags: readonly string[] = [],
  starter: readonly string[] = [],
): Promise<Daemon> {
  const process = podmate(t, ["run", "-c", file], nodeFlags, {}, starter);
  const [line] = await process.waitForOutput(/^.*"podmate serves".*$/m);
  const { admin, listeners } = JSON.parse(line) as { admin: string; listeners: string[] };
  const [host, port] = listeners[0]!.split(":") as [string, string];
  return {
    process,
    file,
    admin,
    listener: { host, port: Number(port) },
    write: (next) => writeFile(file, next),
    async get(path) {
      const response = await fetch(`http://${admin}${path}`);
      return { status: response.status, text: await response.text() };
    },
  };
}
