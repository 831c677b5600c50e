import type { Contender } from "../support/contender.ts";
import { freePort } from "../support/free-port.ts";
import { startNginx } from "../support/nginx.ts";

/** nginx as a proxy with one worker: keep-alive on both sides, a consistent hash of the header x-key. */
export function nginxProxy(servers: readonly number[], version: string): Contender {
  return {
    name: "nginx",
    version: `nginx ${version}, 1 worker`,
    async start() {
      const port = await freePort();
      const http2Port = await freePort();
      const nginx = await startNginx(port, () => nginxProxyConfig(port, servers, http2Port));
      return { ...nginx, http2Port };
    },
  };
}

/**
 * The http block of a proxy, which speaks HTTP/2 on another port if that is given: nginx before 1.25 has no port for both.
 * Connection and Upgrade are set as nginx's documentation says for WebSocket and keep-alive;
 * answers of 100 KB stay in memory.
 */
export function nginxProxyConfig(port: number, servers: readonly number[], http2Port = 0): string {
  const http2 = http2Port === 0 ? "" : `\n    listen 127.0.0.1:${http2Port} http2 backlog=1024;`;
  return `  map $http_upgrade $connection_upgrade {
    default upgrade;
    ''      '';
  }
  upstream servers {
    hash $http_x_key consistent;
${servers.map((server) => `    server 127.0.0.1:${server} max_fails=0;`).join("\n")}
    keepalive 512;
    keepalive_requests 100000000;
  }
  server {
    listen 127.0.0.1:${port} backlog=1024;${http2}
    location / {
      proxy_pass http://servers;
      proxy_http_version 1.1;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_buffers 8 16k;
    }
  }`;
}
