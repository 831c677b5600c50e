/** Pools whose servers are found, at the start, in reloads and at the end. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import {
  connect,
  listed,
  servers,
  snapshot,
  startAmbassador,
  startNodes,
} from "../../support/discovering-ambassador.ts";
import { planeSnapshot } from "../../support/plane.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { until } from "../../support/until.ts";

t.test(
  "a pool without servers yet is no failure of the start: requests say so until some are found",
  async (t) => {
    const path = join(await tempDir(t), "servers.yml");
    await writeFile(path, "[]");
    const nodes = await startNodes(t, 1);
    const { ambassador } = await startAmbassador(t);
    await ambassador.apply(snapshot({ kind: "file", path }));
    t.same(ambassador.ready(), []);
    const client = await connect(t, ambassador);
    await client.exchange("get a\r\n", "SERVER_ERROR no_server pool: no server is in service\r\n");
    await writeFile(path, listed(nodes));
    await until(() => servers(ambassador) === 1);
    await client.exchange("get a\r\n", "END\r\n");
  },
);

t.test("a reload may find servers elsewhere, list them, or fail", async (t) => {
  const folder = await tempDir(t);
  const nodes = await startNodes(t, 2);
  const paths = [join(folder, "one.yml"), join(folder, "two.yml")] as const;
  await writeFile(paths[0], listed(nodes.slice(0, 1)));
  await writeFile(paths[1], listed(nodes.slice(1)));
  const { ambassador, metrics } = await startAmbassador(t);
  await ambassador.apply(snapshot({ kind: "file", path: paths[0] }));
  const client = await connect(t, ambassador);
  await client.exchange("set k 0 0 3\r\none\r\n", "STORED\r\n");

  await ambassador.apply(snapshot({ kind: "file", path: paths[1] }, {}, 2));
  await client.exchange("get k\r\n", "END\r\n");
  await writeFile(paths[0], "[]");
  t.match(ambassador.pools()[0]?.figures().discovery, { target: paths[1], servers: 1 });

  const bad = snapshot({ kind: "file", path: paths[0] }, {}, 3);
  const elsewhere = { ...bad.memcache[0]!, name: "other", listen: { path: join(folder, "none", "a.sock") } };
  await t.rejects(ambassador.apply({ ...bad, memcache: [...bad.memcache, elsewhere] }));
  t.match(ambassador.pools()[0]?.figures().discovery, { target: paths[1] });
  t.equal(ambassador.snapshot?.version, 2);
  await client.exchange("get k\r\n", "END\r\n");

  await ambassador.apply({ ...planeSnapshot(nodes.slice(0, 1).map(({ address }) => address)), version: 4 });
  await client.exchange("get k\r\n", "VALUE k 0 3\r\none\r\nEND\r\n");
  t.equal(ambassador.pools()[0]?.figures().discovery, undefined);
  t.equal(metrics.find("discovery", "pool/file"), undefined);
});

t.test("an end while first answers are waited for is not held up", async (t) => {
  const { ambassador, logs } = await startAmbassador(t);
  const starting = ambassador.apply(snapshot({ kind: "dns", host: "none.test", port: 1, interval: 1_000 }));
  const failed = t.rejects(starting, { message: "the daemon is ending" });
  await until(() => logs.some((line) => line.includes("discovery failed")));
  await ambassador.close();
  await failed;
});
