import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Address } from "../../src/core/address.ts";
import { freePort } from "./free-port.ts";
import { waitUntilListening } from "./listening.ts";
import { findProgram } from "./needs.ts";
import { TestProcess } from "./process.ts";
import type { Teardown } from "./teardown.ts";
import { tempDir } from "./temp-dir.ts";

/** The addresses that a started twemproxy listens on. */
export interface Twemproxy {
  /** One for each pool, in the order of the pools given. */
  readonly pools: readonly Address[];
  readonly stats: Address;
  /** Ends it; the end of the test does so too. */
  stop(): Promise<void>;
}

const ATTEMPTS = 5;

/**
 * Starts nutcracker over the pools given, each as the lines of its YAML without `listen`, which is set to a free port:
 *
 *     if (!needs(t, "nutcracker")) return;
 *     const proxy = await startTwemproxy(t, ["hash: fnv1a_64\ndistribution: ketama\nservers:\n- 127.0.0.1:11211:1 a"]);
 *     await WireClient.connect(proxy.pools[0]!);
 */
export async function startTwemproxy(t: Teardown, pools: readonly string[]): Promise<Twemproxy> {
  const program = findProgram("nutcracker");
  if (program === undefined) throw new Error("nutcracker is not installed");
  const folder = await tempDir(t);
  const config = join(folder, "nutcracker.yml");
  let last = "";
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const addresses: { host: string; port: number }[] = [];
    for (const _ of pools) addresses.push({ host: "127.0.0.1", port: await freePort() });
    const stats = { host: "127.0.0.1", port: await freePort() };
    await writeFile(
      config,
      pools.map((lines, i) => describePool(i, lines, addresses[i]?.port ?? 0)).join(""),
    );
    const statsArgs = ["-a", stats.host, "-s", String(stats.port)];
    const files = ["-c", config, "-o", join(folder, "log"), "-p", join(folder, "pid")];
    const process = new TestProcess(t, program, [...files, ...statsArgs]);
    const waits = [...addresses, stats].map((address) => waitUntilListening(address, () => !process.alive));
    if ((await Promise.all(waits)).every((isReady) => isReady)) {
      return { pools: addresses, stats, stop: async () => void (await process.stop()) };
    }
    await process.stop("SIGKILL");
    last = process.stdout + process.stderr;
  }
  throw new Error(`nutcracker did not start: ${last}`);
}

function describePool(index: number, lines: string, port: number): string {
  const indented = lines.trimEnd().replaceAll(/^/gm, "  ");
  return `pool${String(index).padStart(3, "0")}:\n  listen: 127.0.0.1:${port}\n${indented}\n`;
}
