// Does a client that must prove who it is see the same from podmate as from memcached?
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import type { Address } from "../../src/core/address.ts";
import { needs } from "../support/needs.ts";
import { startPlane } from "../support/plane.ts";
import { RealMemcached } from "../support/real-memcached.ts";
import { tempDir } from "../support/temp-dir.ts";
import { WireClient } from "../support/wire-client.ts";

const good = "set x 0 0 10\r\nann s3cret\r\n";
const bad = "set x 0 0 9\r\nann wrong\r\n";

interface Case {
  readonly name: string;
  /** Sent one after the other, each when the answer to the one before has come. */
  readonly steps: readonly string[];
  /** What podmate answers in place of memcached's answer, and the reason. */
  readonly differs?: { readonly answers: readonly string[]; readonly because: string };
}

const CASES: readonly Case[] = [
  { name: "the right words, then work", steps: [good, "set a 0 0 1\r\nx\r\n", "get a\r\n", "mg a v\r\n"] },
  { name: "the wrong words, then the right ones", steps: [bad, "get a\r\n", good, "get a\r\n"] },
  {
    name: "a password that only begins like it",
    steps: ["set x 0 0 11\r\nann s3crets\r\n", "set x 0 0 9\r\nann s3cre\r\n"],
  },
  {
    name: "no words at all",
    steps: ["set x 0 0 0\r\n\r\n", "set x 0 0 1\r\n \r\n"],
    differs: {
      answers: ["CLIENT_ERROR authentication failure\r\n", "CLIENT_ERROR authentication failure\r\n"],
      because: "words that are no pair are wrong words",
    },
  },
  {
    name: "another key, flags and exptime",
    steps: [`set ${"k".repeat(250)} 5 100 10\r\nann s3cret\r\n`, "get a\r\n"],
  },
  {
    name: "commands before it",
    steps: ["get a\r\n", "delete a\r\n", "mg a v\r\n", "stats\r\n", "incr a 1\r\n", "mn\r\n"],
  },
  {
    name: "what is none of the commands",
    steps: ["bogus\r\n", "set a\r\n"],
    differs: {
      answers: ["ERROR\r\n", "ERROR\r\n"],
      because: "podmate says what is wrong with a line before it asks who says it",
    },
  },
];

async function hold(address: Address, steps: readonly string[]): Promise<string[]> {
  const client = await WireClient.connect(address);
  const answers: string[] = [];
  for (const step of steps) {
    await client.send(step);
    let answer = `${await client.readLine()}\r\n`;
    if (answer.startsWith("VA"))
      answer += await client.readUntil(answer.startsWith("VALUE") ? "END\r\n" : "\r\n");
    answers.push(answer);
  }
  client.close();
  return answers;
}

if (needs(t, "memcached")) {
  const accounts = join(await tempDir(t), "accounts");
  writeFileSync(accounts, "ann:s3cret\n");
  const real = await RealMemcached.start(t, { args: ["-Y", accounts] });
  const behind = await RealMemcached.start(t);
  const plane = await startPlane(t, [behind.address], {
    listener: {
      auth: [
        { username: "bob", password: "other" },
        { username: "ann", password: "s3cret" },
      ],
    },
  });
  for (const { name, steps, differs } of CASES) {
    await t.test(`${name}${differs === undefined ? "" : `, differently: ${differs.because}`}`, async (t) => {
      const expected = await hold(real.address, steps);
      if (differs !== undefined) t.notSame(expected, differs.answers);
      t.same(await hold(plane.address, steps), differs?.answers ?? expected);
    });
  }
}
