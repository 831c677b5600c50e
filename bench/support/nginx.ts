import { writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { accepting, childIds, endChild, spawnChild, temporaryFolder } from "./child-processes.ts";
import type { RunningContender } from "./contender.ts";

/** Folders that nginx would otherwise have where only root may write. */
const ownPaths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];

/**
 * Starts nginx with one worker and without logs. `http` makes what stands in its http block, with a server that listens
 * on `port` of 127.0.0.1; the folder that it is given lives as long as this process.
 */
export async function startNginx(port: number, http: (folder: string) => string): Promise<RunningContender> {
  const folder = temporaryFolder();
  const config = join(folder, "nginx.conf");
  writeFileSync(config, nginxConfig(folder, http(folder)));
  const child = spawnChild(["nginx", "-e", "stderr", "-p", folder, "-c", config], { detached: true });
  await accepting(port, child);
  const worker = await childIds(child, 1);
  return { pids: [child.pid!, ...worker], port, stop: () => endChild(child) };
}

function nginxConfig(folder: string, http: string): string {
  // Started by root, workers would become another user, who may not read a temporary folder.
  const user = userInfo().uid === 0 ? "user root;" : "";
  return `${user}
daemon off;
worker_processes 1;
worker_rlimit_nofile 8192;
pid ${folder}/nginx.pid;
error_log stderr crit;
events { worker_connections 4096; }
http {
  access_log off;
  keepalive_timeout 600s;
  keepalive_requests 100000000;
  default_type text/plain;
${ownPaths.map((name) => `  ${name}_temp_path ${folder}/${name};`).join("\n")}
${http}
}
`;
}
