import type { WireClient } from "../../support/wire-client.ts";
import { expectMiss, expectValue, type Scenario, set } from "./scenario.ts";

/** Scenarios that ask for statistics. */
export const REPORTING: readonly Scenario[] = [
  {
    name: "stats-detail",
    async run(t, connect) {
      const client = await connect();
      const expectDetail = async (wanted: string, when: string): Promise<void> => {
        t.equal(await detailOf(client, "foo"), wanted, when);
      };
      await expectDetail("get 0 hit 0 set 0 del 0", "at the start");
      await client.exchange("stats detail on\r\n", "OK\r\n");
      await set(client, "foo:123", "fooval");
      await expectDetail("get 0 hit 0 set 1 del 0", "after a set");
      await expectValue(client, "foo:123", "fooval");
      await expectDetail("get 1 hit 1 set 1 del 0", "after a hit");
      await expectMiss(client, "foo:124");
      await expectDetail("get 2 hit 1 set 1 del 0", "after a miss");
      await client.exchange("delete foo:125\r\n", "NOT_FOUND\r\n");
      await expectDetail("get 2 hit 1 set 1 del 1", "after a delete");
      await client.exchange("stats reset\r\n", "RESET\r\n");
      await expectDetail("get 0 hit 0 set 0 del 0", "after a reset");
      await expectValue(client, "foo:123", "fooval");
      await expectDetail("get 1 hit 1 set 0 del 0", "after a hit after the reset");
      await client.exchange("stats detail off\r\n", "OK\r\n");
      await expectMiss(client, "foo:124");
      await expectDetail("get 1 hit 1 set 0 del 0", "after it was turned off");
    },
  },
  {
    // The original waits until ten large values have expired and then sees, in `stats slabs`, that ten more take their
    // room. What is left without waiting: both tens are stored, and `stats slabs` is answered in memcached's form, be it
    // by a server or by a proxy, which has no slabs of its own.
    name: "issue_14",
    async run(t, connect) {
      const client = await connect();
      const value = "B".repeat(66_560);
      for (let key = 0; key < 10; key++) await set(client, `key${key}`, value, 0, -1);
      await client.send("stats slabs\r\n");
      for (let line = await client.readLine(); line !== "END"; line = await client.readLine()) {
        t.match(line, /^STAT \S+ \S+$/);
      }
      for (let key = 0; key < 10; key++) await expectMiss(client, `key${key}`);
      for (let key = 10; key < 20; key++) await set(client, `key${key}`, value, 0, 1000);
      for (let key = 10; key < 20; key++) await expectValue(client, `key${key}`, value);
    },
  },
];

/**
 * The counts of a prefix in `stats detail dump`. A proxy over several servers may give a line for each of them, so the
 * lines of the prefix are added up; no line counts as zeros.
 */
async function detailOf(client: WireClient, prefix: string): Promise<string> {
  const sums = { get: 0, hit: 0, set: 0, del: 0 };
  await client.send("stats detail dump\r\n");
  for (let line = await client.readLine(); line !== "END"; line = await client.readLine()) {
    const counts = /^PREFIX (\S+) get (\d+) hit (\d+) set (\d+) del (\d+)$/.exec(line);
    if (counts === null) throw new Error(`stats detail dump: ${line}`);
    if (counts[1] !== prefix) continue;
    for (const [i, name] of (["get", "hit", "set", "del"] as const).entries())
      sums[name] += Number(counts[i + 2]);
  }
  return `get ${sums.get} hit ${sums.hit} set ${sums.set} del ${sums.del}`;
}
