import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunningContender } from "../support/contender.ts";
import { freePort } from "../support/free-port.ts";
import { startNginx } from "../support/nginx.ts";
import { answers } from "./scenarios.ts";

/** Starts that many nginx servers. */
export function startHttpServers(count: number): Promise<RunningContender[]> {
  return Promise.all(Array.from({ length: count }, startHttpServer));
}

/** One nginx that answers what the scenarios ask for, whatever body comes with it. */
export async function startHttpServer(): Promise<RunningContender> {
  const port = await freePort();
  return startNginx(port, (folder) => {
    writeFileSync(join(folder, "large"), "x".repeat(answers["/large"]));
    return `  sendfile on;
  tcp_nopush on;
  open_file_cache max=8;
  server {
    listen 127.0.0.1:${port} backlog=1024;
    root ${folder};
    location = /small { return 200 "${"x".repeat(answers["/small"])}"; }
    location = /large { }
  }`;
  });
}
