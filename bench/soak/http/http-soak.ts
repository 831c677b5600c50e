import { Progress } from "../progress.ts";
import { Random } from "../random.ts";
import type { SoakSetup } from "../soak.ts";
import { type SoakConfig, SoakDaemon, serverEntries } from "../soak-daemon.ts";
import type { SoakOptions } from "../soak-options.ts";
import { clientIdleMs } from "./batch.ts";
import { EchoServer } from "./echo-server.ts";
import { Homes } from "./homes.ts";
import { HttpClient } from "./http-client.ts";
import { HttpFaults } from "./http-faults.ts";
import { HttpTally } from "./http-tally.ts";
import { Http2Client } from "./http2-client.ts";
import { startNginxServer } from "./nginx-server.ts";
import { RequestMix } from "./request-mix.ts";

const serverCount = 5;
const nginxCount = 2;

/** Starts four of five servers of node:http or node:http2, and two nginx, behind podmate. */
export async function httpSoak(options: SoakOptions): Promise<SoakSetup<HttpTally>> {
  const tally = new HttpTally();
  const version = options.protocol === "http2" ? 2 : 1;
  const onPost = (id: number): void => tally.takePost(id);
  const servers = await Promise.all(
    Array.from({ length: serverCount }, () => EchoServer.start(version, onPost)),
  );
  const nginx = await Promise.all(Array.from({ length: nginxCount }, startNginxServer));
  const config: SoakConfig = {
    other: false,
    servers: servers.slice(1).map(({ port }) => ({ port, weight: 1, drain: false })),
  };
  const configText = (port: number, now: SoakConfig): string => {
    return httpConfig(
      port,
      now,
      version,
      nginx.map((server) => server.port),
    );
  };
  const daemon = await SoakDaemon.start({ options, configText, pools: ["soak", "files"], config });
  const progress = new Progress();
  const random = new Random(options.seed);
  const { step } = options;
  const context = {
    port: daemon.port,
    progress,
    tally,
    homes: new Homes(progress, tally),
    tunnels: version === 1,
  };
  return {
    daemon,
    servers: [...servers, ...nginx],
    progress,
    tally,
    faults: new HttpFaults({ servers, nginx, daemon, progress, tally, random, step, config }),
    gauges: [
      "podmate_http_listener_open_connections",
      "podmate_http_listener_requests_in_flight",
      "podmate_http_listener_tunnels",
      "podmate_http_listener_buffered_bytes",
      "podmate_http_route_requests_in_flight",
      "podmate_http_pool_requests_in_flight",
      "podmate_http_server_requests_in_flight",
      "podmate_http_server_pending_requests",
      "podmate_http_server_open_connections",
      "podmate_http_server_idle_connections",
    ],
    client(number) {
      const own = new Random(options.seed * 1000 + number + 1);
      const Client = version === 2 && number % 2 === 0 ? Http2Client : HttpClient;
      return new Client(context, new RequestMix(number, own), own).run();
    },
    facts: (total) => [
      [
        "answers verified",
        `${tally.verified}, with ${(tally.verifiedBytes / 2 ** 20).toFixed(0)} MiB of bodies`,
      ],
      ["  from the key's server", String(tally.atHome)],
      ["  POST carried out once", String(tally.posts.size)],
      ["ended in an answer", String(tally.cut)],
      ["found closed, once idle", String(tally.idled)],
      ["retries", String(total("podmate_http_pool_retries_total"))],
      ["connections found closed", String(total("podmate_http_server_reused_failures_total"))],
      ["ejections", String(total("podmate_http_server_ejections_total"))],
    ],
    failures: () => [],
  };
}

/**
 * Times are as short as they can be where the machine has other work, too, so that no fault lasts for long; idle connections
 * end before the servers' own would.
 */
function httpConfig(port: number, config: SoakConfig, version: 1 | 2, nginx: readonly number[]): string {
  const pool = (spoken: 1 | 2): string => `    timeout: 5s
    connect_timeout: 5s
    connections: ${config.other ? 8 : 256}
    eject: { backoff: 100ms, max_backoff: 500ms }
    health: { path: /health, interval: 500ms, timeout: 5s }
    http: { version: ${spoken}, idle_timeout: 1s, body_timeout: 5s, retry: { on: [ reset ] } }
`;
  return `http:
  - name: soak
    listen: 127.0.0.1:${port}
    pool: soak
    http2: ${version === 2}
    idle_timeout: ${clientIdleMs}ms
    hash: [ { header: x-key } ]
    routes:
      - { path: /static, pool: files }
      - { path: /sticky, pool: soak, hash: [ { cookie: sid, affinity: true } ] }
pools:
  soak:
${pool(version)}    servers:
${serverEntries(config)}  files:
${pool(1)}    servers: [ ${nginx.map((at) => `{ address: "127.0.0.1:${at}", name: s${at} }`).join(", ")} ]
`;
}
