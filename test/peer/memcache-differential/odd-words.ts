import type { OddInput } from "./odd-input.ts";
import { AMBIGUOUS, key250, key251, lines, SWALLOWED, set, UNCLEAR } from "./odd-input.ts";

/** Numbers and keys at and beyond their bounds. */
export const ODD_WORDS: readonly OddInput[] = [
  // Numbers
  ...["x 0", "1x 0", "-1 0", "1.5 0", "0x10 0", "18446744073709551616 0", "0 x", "0 1x", "0 1.5"].map(
    (numbers) => ({
      name: `flags or an exptime that are no number: ${numbers}`,
      send: `set a ${numbers} 2\r\nmn\r\nget a\r\n`,
      differs: { answer: "CLIENT_ERROR bad command line format\r\nEND\r\n", because: SWALLOWED },
    }),
  ),
  { name: "the largest flags", send: "set a 4294967295 0 1\r\n1\r\nget a\r\n" },
  {
    name: "flags beyond 32 bits",
    send: "set a 4294967296 0 1\r\n1\r\nget a\r\n",
    differs: {
      answer: "CLIENT_ERROR bad command line format\r\nEND\r\n",
      because: "memcached cuts them to 32 bits, or keeps 64 where it is built so",
    },
  },
  { name: "numbers with a plus", send: "set a +5 +0 +1\r\n1\r\nget a\r\n" },
  { name: "numbers with minus zero", send: "set a -0 -0 -0\r\n\r\nget a\r\n" },
  { name: "numbers with leading zeros", send: "set a 007 000 001\r\n1\r\nget a\r\n" },
  {
    name: "numbers with very many leading zeros",
    send: `set a ${"0".repeat(30)} 0 ${"0".repeat(30)}1\r\n1\r\nget a\r\n`,
  },
  {
    name: "the largest exptimes",
    send: "set a 0 2147483647 1\r\n1\r\nget a\r\nset a 0 -2147483648 1\r\n1\r\nget a\r\n",
  },
  {
    name: "a negative exptime",
    send: "set a 0 -1 1\r\n1\r\nget a\r\nset b 0 0 1\r\n1\r\ntouch b -1\r\nget b\r\n",
  },
  ...["x", "1x", "1.5", "-0x", "1\t"].map((length) => ({
    name: `a length that is no number: ${JSON.stringify(length)}`,
    send: `set a 0 0 ${length}\r\nmn\r\n`,
    ends: true as const,
    differs: { answer: "CLIENT_ERROR bad command line format\r\n", because: UNCLEAR },
  })),
  { name: "a negative length", send: lines("set a 0 0 -1", "add a 0 0 -2147483648", "ms a -1", "mn") },
  ...["x", "1x", "1.0", "-1", "18446744073709551616"].map((unique) => ({
    name: `a cas unique that is no number: ${unique}`,
    send: `cas a 0 0 2 ${unique}\r\nmn\r\ncas a 0 0 2 ${unique} noreply\r\nmn\r\n`,
    differs: { answer: "CLIENT_ERROR bad command line format\r\n", because: SWALLOWED },
  })),
  {
    name: "the largest cas uniques",
    send: "cas a 0 0 1 18446744073709551615\r\n1\r\ncas a 0 0 1 0\r\n1\r\n",
  },
  { name: "a cas unique with a plus", send: "cas a 0 0 1 +5\r\n1\r\n" },
  {
    name: "deltas",
    send: `${set("n", "5")}${lines("incr n x", "incr n -1", "incr n 1x", "incr n +1", "incr n 18446744073709551615", "incr n 18446744073709551616", "decr n 3", "decr n 99", "get n")}`,
  },
  {
    name: "an incr of what is no number",
    send: `${set("a", "abc")}${lines("incr a 1", "decr a 1", "incr missing 1")}`,
  },
  {
    name: "exptimes of touch and gat",
    send: `${set("a", "1")}${lines("touch a x", "touch a 1x", "touch a -1x", "gat x a", "gat 1x a", "gat 0 a", "gats 2147483647 a", "gat -2147483648 a", "touch a 2147483647")}`,
  },
  {
    name: "exptimes of touch and gat beyond 32 bits",
    send: lines(
      "gats 2147483648 a",
      "gat -2147483649 a",
      "touch a 2147483648",
      "touch a 99999999999 noreply",
    ),
    differs: { answer: "CLIENT_ERROR invalid exptime argument\r\n".repeat(3), because: AMBIGUOUS },
  },
  {
    name: "the second word of delete",
    send: `${set("a", "1")}${lines("delete a 1", "delete a 0x", "delete a 0", "delete a 0", "delete a x noreply", "delete a 0 0")}`,
  },
  {
    name: "delays of flush_all",
    send: lines(
      "flush_all x",
      "flush_all 1x",
      "flush_all -1",
      "flush_all 0",
      "flush_all",
      "flush_all 2147483647",
    ),
  },
  {
    name: "delays of flush_all beyond 32 bits",
    send: lines("flush_all 99999999999", "flush_all 2147483648"),
    differs: { answer: "CLIENT_ERROR invalid exptime argument\r\n".repeat(2), because: AMBIGUOUS },
  },
  {
    name: "levels of verbosity",
    send: lines(
      "verbosity x",
      "verbosity -1",
      "verbosity 0",
      "verbosity 1x",
      "verbosity 4294967296",
      "verbosity noreply",
      "verbosity x noreply",
      "verbosity 0 x",
    ),
  },

  ...["2147483648", "-2147483649", "99999999999"].map((exptime) => ({
    name: `an exptime of ${exptime}`,
    send: `set a 0 ${exptime} 1\r\n1\r\nmn\r\n`,
    differs: {
      answer: "CLIENT_ERROR bad command line format\r\nMN\r\n",
      because: "memcached cuts it to 32 bits, and the value is gone at once, or never",
    },
  })),
  ...["2147483646", "2147483647", "2147483648", "4294967293", "4294967295"].map((length) => ({
    name: `a length of ${length}`,
    send: `set a 0 0 ${length}\r\nms a ${length}\r\nmn\r\n`,
  })),
  {
    name: "a length beyond 32 bits",
    send: "set a 0 0 4294967297\r\nms a 99999999999\r\nmn\r\n",
    differs: {
      answer: "CLIENT_ERROR bad command line format\r\nCLIENT_ERROR bad command line format\r\nMN\r\n",
      because: "memcached 1.6.18 cuts it to 32 bits, and then waits for as many bytes",
    },
  },

  // Keys
  {
    name: "a key of 250 bytes",
    send: `${set(key250, "1")}get ${key250}\r\ngat 0 ${key250}\r\nmg ${key250} v k\r\ndelete ${key250}\r\n`,
  },
  {
    name: "a value under a key of 251 bytes",
    send: `${set(key251, "mn")}mn\r\nms ${key251} 2\r\nmn\r\n${set(key251, "mn", " noreply")}`,
    differs: {
      answer: "CLIENT_ERROR bad command line format\r\nMN\r\nCLIENT_ERROR bad command line format\r\n",
      because: SWALLOWED,
    },
  },
  { name: "a key of 1,500 bytes", send: `get ${"k".repeat(1500)}\r\nmn\r\n` },
  { name: "me of a key of 251 bytes", send: `me ${key251}\r\nmn\r\n` },
  {
    name: "keys that are words of the protocol",
    send: `${set("noreply", "1")}get noreply\r\ngets noreply noreply\r\ndelete noreply\r\nget noreply\r\n`,
  },
  {
    name: "noreply as the key of keyed commands",
    send: `${set("noreply", "1")}incr noreply 1\r\ntouch noreply 0\r\nmg noreply v\r\ndelete noreply noreply\r\nget noreply\r\n`,
  },

  // One by one: memcached forgets the answers before that of a get with such a key.
  ...[
    `get ${key251}`,
    `gets a ${key251} a`,
    `gat 0 ${key251}`,
    `incr ${key251} 1`,
    `touch ${key251} 0`,
    `delete ${key251}`,
    `mg ${key251}`,
    `md ${key251}`,
    `ma ${key251}`,
  ].map((line) => ({
    name: `a key of 251 bytes: ${line.replaceAll("k", "").replaceAll("  ", " ")}`,
    send: `${line}\r\nmn\r\n`,
  })),
];
