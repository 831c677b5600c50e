/** The real daemon in front of real memcacheds that are killed, frozen and restarted under verified traffic. */
import t from "tap";
import { formatAddress } from "../../src/core/address.ts";
import { startDaemon } from "../daemon/podmate.ts";
import { needs } from "../support/needs.ts";
import { RealMemcached } from "../support/real-memcached.ts";
import { until } from "../support/until.ts";
import { VerifiedTraffic } from "../support/verified-traffic.ts";
import { WireClient } from "../support/wire-client.ts";

const names = ["s0", "s1", "s2"];

/** `timeout`: how long the servers may take, be it that the machine is what takes long. */
function configText(servers: readonly string[], on_eject: string, timeout: string): string {
  return `admin: { listen: "127.0.0.1:0" }
workers: 2
memcache:
  - { name: cache, listen: "127.0.0.1:0", pool: main }
pools:
  main:
    timeout: ${timeout}
    connect_timeout: 60s
    eject: { failures: 3, window: 1m, backoff: 100ms, max_backoff: 500ms, max_percent: 50, on_eject: ${on_eject} }
    servers: [ ${servers.map((server, i) => `{ address: "${server}", name: ${names[i]} }`).join(", ")} ]
`;
}

if (needs(t, "memcached")) {
  for (const on_eject of ["fail_fast", "rehash"] as const) {
    t.test(`${on_eject}: servers are killed, restarted and frozen`, async (t) => {
      const servers = await Promise.all(names.map(() => RealMemcached.start(t)));
      const addresses = servers.map(({ address }) => formatAddress(address));
      const daemon = await startDaemon(t, configText(addresses, on_eject, "60s"));
      const setTimeout = async (timeout: string): Promise<void> => {
        await daemon.write(configText(addresses, on_eject, timeout));
        const { status } = await fetch(`http://${daemon.admin}/config/reload`, { method: "POST" });
        t.equal(status, 200);
      };
      const stateOf = async (server: string): Promise<string | undefined> => {
        const { text } = await daemon.get(`/pools/main/servers/${server}`);
        return (JSON.parse(text) as { state?: string }).state;
      };
      const states = () => Promise.all(names.map(stateOf));
      const traffic = await VerifiedTraffic.start(t, daemon.listener, 6, { misses: true, errors: true });
      /** Until so many rounds have passed without an error: the workers hear of a change one after the other. */
      const calmRounds = (count: number): Promise<void> =>
        until(async () => {
          const before = traffic.errors.length;
          await traffic.moreRounds(count);
          return traffic.errors.length === before;
        }, "there are no more errors");
      await traffic.moreRounds(50);
      t.same(traffic.errors, []);

      await servers[1]!.kill();
      await until(async () => (await stateOf("s1")) === "ejected", "the killed server is ejected");
      t.ok(
        traffic.errors.every((error) => / s1: /.test(error)),
        "only the killed server's keys failed",
      );
      if (on_eject === "rehash") await calmRounds(50);
      else {
        const inWords = "SERVER_ERROR ejected s1: out of service";
        await until(() => traffic.errors.at(-1) === inWords, "requests fail at once");
        await traffic.moreRounds(50);
        t.equal(traffic.errors.at(-1), inWords);
      }
      t.same(await states(), ["ready", "ejected", "ready"]);

      await servers[1]!.restart();
      await until(async () => (await stateOf("s1")) === "ready", "the restarted server is readmitted");
      await calmRounds(20);

      // Now the time counts, and a machine that has none for the others gets them ejected for a while, too.
      await setTimeout("300ms");
      servers[2]!.freeze();
      await until(async () => (await stateOf("s2")) === "ejected", "the frozen server is ejected");
      servers[2]!.thaw();
      await setTimeout("60s");
      await until(async () => String(await states()) === "ready,ready,ready", "all are readmitted");
      await calmRounds(50);
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
