/** Pools whose servers are found: real workers and servers, files that change, and names that come to mean others. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { formatAddress } from "../../../src/core/address.ts";
import { DISCOVERY, SERVER } from "../../../src/observe/metric-layout.ts";
import {
  connect,
  listed,
  type Names,
  servers,
  serveUntil,
  snapshot,
  startAmbassador,
  startNodes,
  startTwins,
} from "../../support/discovering-ambassador.ts";
import { replaceFile } from "../../support/replace-file.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { until } from "../../support/until.ts";

t.test(
  "servers of a file: keys keep being served while it changes, and connections that stay do",
  async (t) => {
    const path = join(await tempDir(t), "servers.json");
    const nodes = await startNodes(t, 3);
    await writeFile(path, listed(nodes.slice(0, 2)));
    const { ambassador, metrics } = await startAmbassador(t);
    await ambassador.apply(snapshot({ kind: "file", path }));
    t.equal(servers(ambassador), 2, "the start has waited for them");
    const client = await connect(t, ambassador);
    await serveUntil(client);
    t.same(
      nodes.map(({ connections }) => connections),
      [1, 1, 0],
    );
    await writeFile(path, listed(nodes));
    await serveUntil(client, () => servers(ambassador) === 3 && nodes[2]!.connections === 1);
    const id = formatAddress(nodes[0]!.address);
    t.equal(metrics.find("server", `pool/${id}`)?.value(SERVER.connects), 1, "it was not connected to again");
    await writeFile(path, listed(nodes.slice(1)));
    await serveUntil(client, () => servers(ambassador) === 2 && nodes[0]!.connections === 0);
    t.equal(ambassador.snapshot?.version, 1, "the configuration has not changed");
    t.equal(metrics.find("server", `pool/${id}`), undefined);
  },
);

t.test("a bad file leaves all as it is, and is shown", async (t) => {
  const path = join(await tempDir(t), "servers.yml");
  const nodes = await startNodes(t, 1);
  await writeFile(path, listed(nodes));
  const { ambassador, metrics, logs } = await startAmbassador(t);
  await ambassador.apply(snapshot({ kind: "file", path }));
  const client = await connect(t, ambassador);
  await replaceFile(path, "- 10.0.0.1\n- 10.0.0.2:port\n");
  await until(() => logs.some((line) => line.includes("discovery failed")));
  const pool = ambassador.pools()[0]?.figures();
  t.match(pool?.discovery, { source: "file", target: path, servers: 1, failures: 1 });
  t.match(pool?.discovery?.error, /servers\.yml:2:3: \[1\]/);
  t.match(pool?.discovery?.last_success_unix_ms, Number);
  ambassador.updateMetrics();
  const counts = metrics.find("discovery", "pool/file");
  t.equal(counts?.value(DISCOVERY.servers), 1);
  t.equal(counts?.value(DISCOVERY.failures), 1);
  t.equal(counts?.value(DISCOVERY.failing), 1);
  await serveUntil(client);
});

t.test("servers of a name: each address is one, and they come and go with it", async (t) => {
  const { port, nodes } = await startTwins(t);
  const names: Names = { "cache.test": ["127.0.0.1"] };
  const { ambassador } = await startAmbassador(t, names, 2);
  await ambassador.apply(snapshot({ kind: "dns", host: "cache.test", port, interval: 20 }));
  const client = await connect(t, ambassador);
  names["cache.test"] = ["127.0.0.2", "127.0.0.1"];
  await serveUntil(client, () => servers(ambassador) === 2 && nodes[1]!.connections > 0);
  names["cache.test"] = ["127.0.0.2"];
  await serveUntil(client, () => servers(ambassador) === 1 && nodes[0]!.connections === 0);
  names["cache.test"] = [];
  await until(() => ambassador.pools()[0]?.figures().discovery?.error === "it has no address");
  await serveUntil(client);
  const [pool] = ambassador.pools();
  t.match(pool?.figures().discovery, { servers: 1 });
  t.match(pool?.servers, [{ server: `127.0.0.2:${port}` }]);
});
