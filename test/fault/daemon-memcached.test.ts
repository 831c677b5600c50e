/** The real daemon in front of real memcacheds that are killed, frozen and restarted under verified traffic. */
import t from "tap";
import { formatAddress } from "../../src/core/address.ts";
import { startDaemon } from "../daemon/podmate.ts";
import { needs } from "../support/needs.ts";
import { RealMemcached } from "../support/real-memcached.ts";
import { until } from "../support/until.ts";
import { VerifiedTraffic } from "../support/verified-traffic.ts";
import { WireClient } from "../support/wire-client.ts";

function configText(servers: readonly string[], on_eject: string): string {
  return `admin: { listen: "127.0.0.1:0" }
workers: 2
memcache:
  - { name: cache, listen: "127.0.0.1:0", pool: main }
pools:
  main:
    timeout: 300ms
    connect_timeout: 300ms
    eject: { failures: 3, window: 10s, backoff: 100ms, max_backoff: 500ms, max_percent: 50, on_eject: ${on_eject} }
    servers: [ ${servers.map((server, i) => `{ address: "${server}", name: s${i} }`).join(", ")} ]
`;
}

if (needs(t, "memcached")) {
  for (const on_eject of ["fail_fast", "rehash"] as const) {
    t.test(`${on_eject}: servers are killed, restarted and frozen`, async (t) => {
      const servers = await Promise.all(Array.from({ length: 3 }, () => RealMemcached.start(t)));
      const daemon = await startDaemon(
        t,
        configText(
          servers.map(({ address }) => formatAddress(address)),
          on_eject,
        ),
      );
      const stateOf = async (server: string): Promise<string | undefined> => {
        const { text } = await daemon.get(`/pools/main/servers/${server}`);
        return (JSON.parse(text) as { state?: string }).state;
      };
      const traffic = await VerifiedTraffic.start(t, daemon.listener, 6, { misses: true, errors: true });
      await traffic.moreRounds(50);
      t.same(traffic.errors, []);

      await servers[1]!.kill();
      await until(async () => (await stateOf("s1")) === "ejected", "the killed server is ejected");
      const { length } = traffic.errors;
      t.ok(
        traffic.errors.every((error) => / s1: /.test(error)),
        "only the killed server's keys failed",
      );
      await traffic.moreRounds(50);
      if (on_eject === "rehash")
        t.equal(traffic.errors.length - length < 50, true, "its keys are served by others");
      else t.match(traffic.errors.at(-1), "SERVER_ERROR ejected s1: out of service");
      t.same([await stateOf("s0"), await stateOf("s2")], ["ready", "ready"]);

      await servers[1]!.restart();
      await until(
        async () => (await stateOf("s1")) === "ready",
        "the restarted server is readmitted",
        30_000,
      );
      await traffic.moreRounds(20);

      servers[2]!.freeze();
      await until(async () => (await stateOf("s2")) === "ejected", "the frozen server is ejected");
      servers[2]!.thaw();
      await until(async () => (await stateOf("s2")) === "ready", "the thawed server is readmitted");
      await traffic.moreRounds(20);
      const before = traffic.errors.length;
      await traffic.moreRounds(50);
      t.equal(traffic.errors.length, before, "all is well again");
      t.same(traffic.failures, [], "every answer belonged to its key");
      t.equal(traffic.connected, 6, "and no client was cut off");

      const client = await WireClient.connect(daemon.listener);
      await client.expectInStep();
      client.close();
      const { text } = await daemon.get("/metrics");
      for (const server of ["s1", "s2"]) {
        t.match(
          text,
          new RegExp(`^podmate_server_ejections_total\\{[^}]*server="${server}"[^}]*\\} [1-9]`, "m"),
        );
        t.match(
          text,
          new RegExp(`^podmate_server_readmissions_total\\{[^}]*server="${server}"[^}]*\\} [1-9]`, "m"),
        );
      }
      await traffic.stop();
      t.same(await daemon.process.stop(), { code: 0, signal: null });
    });
  }
}
