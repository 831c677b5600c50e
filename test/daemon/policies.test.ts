/** Are policies of a configuration in force in the daemon, and their numbers to be had? */
import t from "tap";
import { until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";
import { startDaemon, startServers } from "./podmate.ts";

t.test(
  "a pool moved to new servers with near_cache, warm_from, mirror, and hot keys over two workers",
  async (t) => {
    const [old, fresh] = await startServers(t, 2);
    const daemon = await startDaemon(
      t,
      `admin: { listen: "127.0.0.1:0" }
workers: 2
memcache:
  - { name: cache, listen: "127.0.0.1:0", pool: main }
pools:
  old:
    servers: [ "${old}" ]
    timeout: 60s
    connect_timeout: 60s
  main:
    servers: [ "${fresh}" ]
    timeout: 60s
    connect_timeout: 60s
    near_cache: { ttl: 1h }
    coalesce: true
    warm_from: old
    mirror: old
    hot_keys: 2
`,
    );
    const [host = "", port] = old!.split(":");
    const before = await WireClient.connect({ host, port: Number(port) });
    t.teardown(() => before.close());
    await before.exchange("set k 3 0 5\r\nvalue\r\n", "STORED\r\n");

    const clients = await Promise.all(Array.from({ length: 8 }, () => WireClient.connect(daemon.listener)));
    t.teardown(() => {
      for (const client of clients) client.close();
    });
    for (const client of clients) {
      await client.exchange("get k\r\nget k\r\n", "VALUE k 3 5\r\nvalue\r\nEND\r\n".repeat(2));
      await client.exchange("get \x1b[2J\r\n", "END\r\n");
    }
    await clients[0]!.exchange("delete k\r\n", "DELETED\r\n");
    const isGone = async (): Promise<boolean> => {
      await before.send("get k\r\nmn\r\n");
      return (await before.readUntil("MN\r\n")).toString() === "END\r\nMN\r\n";
    };
    await until(isGone, "the delete was not copied");

    const hot = JSON.parse((await daemon.get("/hotkeys")).text);
    t.same(hot, {
      next: null,
      pools: [
        {
          pool: "main",
          requests: 25,
          untracked: 0,
          keys: [
            { key: "k", count: 17, error: 0 },
            { key: "\\x1b[2J", count: 8, error: 0 },
          ],
        },
      ],
    });
    t.same(JSON.parse((await daemon.get("/pools/main")).text).hot_keys, hot.pools[0].keys);
    t.notOk("hot_keys" in JSON.parse((await daemon.get("/pools/old")).text));
    const metrics = (await daemon.get("/metrics")).text;
    t.match(metrics, /^podmate_pool_warm_fills_total\{pool="main"\} 1$/m);
    t.match(metrics, /^podmate_pool_mirrored_requests_total\{pool="main"\} 1$/m);
    t.match(metrics, /^podmate_pool_near_cache_hits_total\{pool="main"\} [1-9]/m);
  },
);
