import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

// node scripts/image/fill-compile-cache.ts APP: starts the podmate of the folder APP once, so that Node puts what it has
// compiled into APP/compile-cache, and ends it. A start that finds it there saves a tenth of its time.

const [app] = process.argv.slice(2);
if (app === undefined) throw new Error("usage: fill-compile-cache.ts APP");

/** Nothing is asked of the servers, so they need not be there. */
const config = `admin: { listen: "127.0.0.1:0" }
workers: 1
lifecycle: { mode: native }
memcache: [ { name: cache, listen: "127.0.0.1:0", pool: cache } ]
http: [ { name: web, listen: "127.0.0.1:0", pool: web } ]
pools: { cache: { servers: [ "127.0.0.1:1" ] }, web: { servers: [ "127.0.0.1:1" ] } }
`;

const env = {
  PATH: process.env["PATH"],
  NODE_COMPILE_CACHE: join(app, "compile-cache"),
  // The paths in it start at the cache: the folder is a different one in the image.
  NODE_COMPILE_CACHE_PORTABLE: "1",
};

/** Runs podmate until it ends; `onLine` gets each line of its log. Rejects with the log unless it ends with 0. */
async function podmate(args: readonly string[], onLine: (line: string, stop: () => void) => void) {
  const child = spawn(process.execPath, [join(app ?? "", "dist/main.js"), ...args], {
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const log: string[] = [];
  createInterface(child.stderr).on("line", (line) => {
    log.push(line);
    onLine(line, () => child.kill("SIGTERM"));
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(["podmate has not ended as it should", ...log].join("\n"));
}

const folder = await mkdtemp(join(tmpdir(), "podmate-"));
try {
  const file = join(folder, "podmate.yaml");
  await writeFile(file, config);
  await podmate(["run", "-c", file], (line, stop) => {
    const [, admin] = /"admin":"([^"]+)","msg":"podmate serves"/.exec(line) ?? [];
    // A container's health is asked for every few seconds.
    if (admin !== undefined) void podmate(["healthcheck", "--admin", admin], () => {}).finally(stop);
  });
} finally {
  await rm(folder, { recursive: true });
}
