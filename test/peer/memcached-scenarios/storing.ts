import type { Test } from "tap";
import type { WireClient } from "../../support/wire-client.ts";
import { casOf, expectMiss, expectValue, type Scenario, secondsLeft, set, storage } from "./scenario.ts";

/** Scenarios about single items: what is stored, how it is counted up and down, and when it ends. */
export const STORING: readonly Scenario[] = [
  {
    name: "flags",
    async run(_t, connect) {
      const client = await connect();
      for (const flags of [0, 1, 123, 2 ** 16 - 1, 2 ** 16, 2 ** 31, 2 ** 32 - 1]) {
        await set(client, "flagged", "value", flags);
        await expectValue(client, "flagged", "value", flags);
      }
    },
  },
  {
    name: "getset",
    async run(t, connect) {
      const client = await connect();
      await storeAndFetch(client);
      await compareAndSwap(t, client);
      const pipeline = "set p 0 0 5\r\nvalue\r\ndelete p\r\n";
      await client.exchange(pipeline.repeat(3), "STORED\r\nDELETED\r\n".repeat(3));
      await valuesAroundOneMebibyte(client);
      await getOfVeryManyKeys(client);
    },
  },
  {
    name: "getandtouch",
    async run(t, connect) {
      const client = await connect();
      await client.exchange("gat 10 one\r\n", "END\r\n");
      await set(client, "one", "first", 0, 2);
      await set(client, "two", "second", 0, 2);
      await client.send("gats 100 one two\r\n");
      t.match(await client.readLine(), /^VALUE one 0 5 \d+$/);
      await client.expect("first\r\n");
      t.match(await client.readLine(), /^VALUE two 0 6 \d+$/);
      await client.expect("second\r\nEND\r\n");
      for (const key of ["one", "two"]) await expectTimeLeft(t, client, key, 100);
      await client.exchange(
        "gat 50 one two\r\n",
        "VALUE one 0 5\r\nfirst\r\nVALUE two 0 6\r\nsecond\r\nEND\r\n",
      );
      for (const key of ["one", "two"]) await expectTimeLeft(t, client, key, 50);
    },
  },
  {
    name: "touch",
    async run(t, connect) {
      const client = await connect();
      await set(client, "touched", "value", 0, 2);
      await client.exchange("touch touched 100\r\n", "TOUCHED\r\n");
      await expectTimeLeft(t, client, "touched", 100);
      await expectValue(client, "touched", "value");
      await client.exchange("touch untouched 100\r\n", "NOT_FOUND\r\n");
    },
  },
  {
    name: "incrdecr",
    async run(_t, connect) {
      const client = await connect();
      await set(client, "number", "1");
      await client.exchange("incr number 1\r\n", "2\r\n");
      await expectValue(client, "number", "2");
      await client.exchange("incr number 8\r\n", "10\r\n");
      await expectValue(client, "number", "10");
      await client.exchange("decr number 1\r\n", "9\r\n");
      await client.exchange("decr number 9\r\n", "0\r\n");
      await client.exchange("decr number 5\r\n", "0\r\n");
      await set(client, "number", "4294967296");
      await client.exchange("incr number 1\r\n", "4294967297\r\n");
      await set(client, "number", "18446744073709551615");
      await client.exchange("incr number 1\r\n", "0\r\n");
      await client.exchange("decr absent 5\r\n", "NOT_FOUND\r\n");
      await client.exchange("incr absent 5\r\n", "NOT_FOUND\r\n");
      await set(client, "text", "hi");
      await client.exchange(
        "incr text 1\r\n",
        "CLIENT_ERROR cannot increment or decrement non-numeric value\r\n",
      );
    },
  },
  {
    // Keys of every length can be counted up.
    name: "issue_68",
    async run(_t, connect) {
      const client = await connect();
      for (let length = 1; length <= 250; length++) {
        const key = "x".repeat(length);
        await set(client, key, "9");
        await expectValue(client, key, "9");
        await client.exchange(`incr ${key} 1\r\n`, "10\r\n");
        await expectValue(client, key, "10");
      }
    },
  },
  {
    // A delete may carry the time 0, as old clients send it.
    name: "issue_108",
    async run(_t, connect) {
      const client = await connect();
      for (let round = 0; round < 2; round++) {
        await client.exchange("add deleted 0 0 1\r\nx\r\n", "STORED\r\n");
        await client.exchange("delete deleted 0\r\n", "DELETED\r\n");
      }
    },
  },
  {
    // Deletes with noreply, good and bad, leave the stream in step.
    name: "issue_3",
    async run(_t, connect) {
      const client = await connect();
      await client.exchange("delete d\r\n", "NOT_FOUND\r\n");
      await client.exchange("add d 0 0 1\r\nx\r\n", "STORED\r\n");
      await client.send("delete d 10 noreply\r\n");
      await expectValue(client, "d", "x");
      await client.send("delete d noreply\r\n");
      await expectMiss(client, "d");
      await set(client, "d", "x");
      await client.exchange("delete d\r\n", "DELETED\r\n");
      await set(client, "d", "x");
      await client.send("delete d noreply\r\n");
      await client.exchange("add d 0 0 1\r\nx\r\n", "STORED\r\n");
    },
  },
  {
    name: "noreply",
    async run(_t, connect) {
      const client = await connect();
      await client.send("flush_all noreply\r\nflush_all 0 noreply\r\nverbosity 0 noreply\r\n");
      const steps: readonly (readonly [quiet: string, value: string])[] = [
        ["add q 0 0 1 noreply\r\n1\r\n", "1"],
        ["set q 0 0 1 noreply\r\n2\r\n", "2"],
        ["replace q 0 0 1 noreply\r\n3\r\n", "3"],
        ["append q 0 0 1 noreply\r\n4\r\n", "34"],
        ["prepend q 0 0 1 noreply\r\n5\r\n", "534"],
        ["incr q 3 noreply\r\n", "537"],
        ["decr q 2 noreply\r\n", "535"],
        ["touch q 0 noreply\r\n", "535"],
      ];
      for (const [quiet, value] of steps) {
        await client.send(quiet);
        await expectValue(client, "q", value);
      }
      const cas = await casOf(client, "q");
      await client.send(`cas q 0 0 1 ${cas} noreply\r\n6\r\n`);
      await expectValue(client, "q", "6");
      await client.send("delete q noreply\r\n");
      await expectMiss(client, "q");
    },
  },
];

async function storeAndFetch(client: WireClient): Promise<void> {
  await set(client, "foo", "fooval");
  await expectValue(client, "foo", "fooval");
  await client.exchange("add bar 0 0 6\r\nbarval\r\n", "STORED\r\n");
  await expectValue(client, "bar", "barval");
  await client.exchange("add foo 0 0 5\r\nother\r\n", "NOT_STORED\r\n");
  await expectValue(client, "foo", "fooval");
  await client.exchange("replace bar 0 0 6\r\nbarva2\r\n", "STORED\r\n");
  await expectValue(client, "bar", "barva2");
  await client.exchange("replace absent 0 0 6\r\nbarva2\r\n", "NOT_STORED\r\n");
  await client.exchange("delete foo\r\n", "DELETED\r\n");
  await client.exchange("delete foo\r\n", "NOT_FOUND\r\n");
}

async function compareAndSwap(t: Test, client: WireClient): Promise<void> {
  await client.exchange("add moo 0 0 6\r\nmooval\r\n", "STORED\r\n");
  await client.exchange("cas moo 0 0 6 0\r\nMOOVAL\r\n", "EXISTS\r\n");
  const cas = await casOf(client, "moo");
  t.match(cas, /^\d+$/, "a cas id is a number");
  await client.exchange(`cas moo 0 0 6 ${cas}\r\nMOOVAL\r\n`, "STORED\r\n");
  await expectValue(client, "moo", "MOOVAL");
}

/** All up to 1 MiB less what an item costs is taken; what is more is refused, and takes the old value with it. */
async function valuesAroundOneMebibyte(client: WireClient): Promise<void> {
  const mebibyte = 1024 * 1024;
  for (let length = 1024; length < mebibyte; length += 32 * 1024) {
    await set(client, `large_${length}`, "B".repeat(length));
  }
  await expectValue(client, "large_1024", "B".repeat(1024));
  for (const length of [mebibyte, mebibyte + 1, mebibyte + 4096]) {
    const key = `large_${length}`;
    await set(client, key, "old");
    const tooLarge = storage(`set ${key} 0 0`, "B".repeat(length));
    await client.exchange(tooLarge, "SERVER_ERROR object too large for cache\r\n");
    await expectMiss(client, key);
  }
}

async function getOfVeryManyKeys(client: WireClient): Promise<void> {
  const count = 18_000;
  await set(client, "foobarbaz", "hi");
  await client.send(`get ${"foobarbaz ".repeat(count)}\r\n`);
  await client.expect(`${"VALUE foobarbaz 0 2\r\nhi\r\n".repeat(count)}END\r\n`);
}

async function expectTimeLeft(t: Test, client: WireClient, key: string, given: number): Promise<void> {
  const left = await secondsLeft(client, key);
  t.equal(left > given - 10 && left <= given, true, `${key} has ${left} of ${given} s left`);
}
