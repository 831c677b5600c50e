import { writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { accepting, spawnChild, temporaryFolder } from "../../support/child-processes.ts";
import { freePort } from "../../support/free-port.ts";
import { ServerProcess } from "../server-process.ts";
import { bodyOf } from "./echo-rules.ts";

/** Length of the one file that it serves, in bytes; whole or in ranges. */
export const fileSize = 1024 * 1024;

/**
 * Starts a real nginx in one process. Every answer repeats what identifies its request. It closes connections soon, and
 * without a word when they are idle.
 */
export async function startNginxServer(): Promise<ServerProcess> {
  const port = await freePort();
  const folder = temporaryFolder();
  const config = join(folder, "nginx.conf");
  writeFileSync(join(folder, "file"), bodyOf(0, fileSize));
  writeFileSync(config, nginxConfig(folder, port));
  const server = new ServerProcess(port, async () => {
    const process = spawnChild(["nginx", "-e", "stderr", "-p", folder, "-c", config]);
    await accepting(port, process);
    return process;
  });
  await server.start();
  return server;
}

function nginxConfig(folder: string, port: number): string {
  // Started by root, it would become another user, who may not read a temporary folder.
  const user = userInfo().uid === 0 ? "user root;" : "";
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return `${user}
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr crit;
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_timeout 1s;
  keepalive_requests 200;
${paths.map((path) => `  ${path}_temp_path ${folder}/${path};`).join("\n")}
  server {
    listen 127.0.0.1:${port} backlog=1024;
    root ${folder};
    location = /health { return 204; }
    location / {
      try_files /file =404;
      add_header x-server s${port} always;
      add_header x-request "$request_method $request_uri $http_x_key" always;
    }
  }
}
`;
}
