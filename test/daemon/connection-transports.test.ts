import { readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import type { ConnectionsView } from "../../src/admin/routes/connections.ts";
import { parseServer } from "../../src/config/endpoint.ts";
import { formatAddress } from "../../src/core/address.ts";
import { makeCertificate } from "../support/certificates.ts";
import { answerWith, Http2Client, startHttp2Peer } from "../support/http2-peers.ts";
import { needs } from "../support/needs.ts";
import { patientPool } from "../support/patience.ts";
import { tempDir } from "../support/temp-dir.ts";
import { TlsClient } from "../support/tls-peers.ts";
import { WireClient } from "../support/wire-client.ts";
import { startDaemon, startServers } from "./podmate.ts";

t.test("connections over HTTP/2, TLS and unix sockets are listed, too", async (t) => {
  if (!needs(t, "openssl")) return;
  const folder = await tempDir(t);
  const { cert, key } = makeCertificate(folder, "podmate", ["IP:127.0.0.1"]);
  const socket = join(folder, "cache.sock");
  const [server] = (await startServers(t, 1)) as [string];
  const web = await startHttp2Peer(t, (stream) => answerWith(stream, { ":status": 200 }, "ok"));
  const daemon = await startDaemon(
    t,
    `admin: { listen: "127.0.0.1:0" }
workers: 1
memcache:
  - { name: safe, listen: "127.0.0.1:0", pool: main, tls: { cert: ${cert}, key: ${key} } }
  - { name: near, listen: "unix:${socket}", pool: main }
http:
  - { name: streams, listen: "127.0.0.1:0", pool: sites, http2: true }
pools:
  main: { servers: [ "${server}" ], ${patientPool} }
  sites: { servers: [ "${formatAddress(web.address)}" ], ${patientPool}, http: { version: 2 } }
`,
  );
  const [line = ""] = /^.*"podmate serves".*$/m.exec(daemon.process.stderr) ?? [];
  const [, , streams] = JSON.parse(line).listeners as string[];
  const address = parseServer(streams!, 0);
  if ("reason" in address) throw new Error(address.reason);

  const safe = new TlsClient(t, daemon.listener, { ca: readFileSync(cert) });
  await safe.exchange("get k\r\n", "END\r\n");
  const near = await WireClient.connect({ path: socket });
  t.teardown(() => near.close());
  await near.send("get k\r\n");
  await near.expect("END\r\n");
  const client = await Http2Client.connect(t, address.value);
  for (let i = 0; i < 3; i++) await client.ask({ ":path": `/${i}` });

  const { connections } = JSON.parse((await daemon.get("/connections")).text) as ConnectionsView;
  const told = connections.map(({ listener, pool, tls, requests, peer }) => {
    const isLocal = /^127\.0\.0\.1:\d+$/.test(peer);
    return { of: listener ?? pool, tls, requests, peer: isLocal ? "127.0.0.1" : peer };
  });
  t.same(
    told.toSorted((a, b) => (String(a.of) < String(b.of) ? -1 : 1)),
    [
      { of: "main", tls: false, requests: 2, peer: "127.0.0.1" },
      { of: "near", tls: false, requests: 1, peer: "" },
      { of: "safe", tls: true, requests: 1, peer: "127.0.0.1" },
      { of: "sites", tls: false, requests: 3, peer: "127.0.0.1" },
      { of: "streams", tls: false, requests: 3, peer: "127.0.0.1" },
    ],
  );
  for (const { read_bytes, written_bytes } of connections) t.ok(read_bytes > 0 && written_bytes > 0);
});
