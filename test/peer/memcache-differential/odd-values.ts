import type { OddInput } from "./odd-input.ts";
import { key251, lines, set, UNCLEAR } from "./odd-input.ts";

/** Values, the gets of many keys that read them, and noreply. */
export const ODD_VALUES: readonly OddInput[] = [
  // Values
  { name: "an empty value", send: `${set("a", "")}get a\r\nmg a v s\r\n` },
  { name: "a value of protocol text", send: `${set("a", "END\r\nVALUE a 0 1\r\n")}get a\r\nmg a v\r\n` },
  {
    name: "a value of every byte",
    send: `${set("a", Buffer.from(Array.from({ length: 256 }, (_, i) => i)).toString("latin1"))}get a\r\n`,
  },
  { name: "a value longer than said", send: "set a 0 0 1\r\n12\r\nmn\r\nget a\r\n" },
  { name: "a value shorter than said", send: "set a 0 0 5\r\n12\r\nmn\r\nmn\r\nget a\r\n" },
  { name: "a value without its line end", send: "set a 0 0 1\r\n1mn\r\nmn\r\n" },
  { name: "a value that ends in a bare line feed", send: "set a 0 0 1\r\n1\nmn\r\nmn\r\n" },
  { name: "a bad value does away with nothing", send: `${set("a", "1")}set a 0 0 1\r\n222\r\nget a\r\n` },
  { name: "a bad value with noreply", send: "set a 0 0 1 noreply\r\n12\r\nmn\r\nget a\r\n" },
  { name: "half a value, then the end", send: "mn\r\nset a 0 0 10\r\n12345" },
  { name: "half a line, then the end", send: "mn\r\nget a" },
  {
    name: "a value too large for the server",
    send: `${set("a", "1")}set a 0 0 2000000\r\n${"x".repeat(2_000_000)}\r\nmn\r\nget a\r\n`,
  },
  {
    name: "a value too large for the server, with noreply",
    send: `${set("a", "1")}set a 0 0 2000000 noreply\r\n${"x".repeat(2_000_000)}\r\nmn\r\nget a\r\n`,
  },
  {
    name: "a meta value too large for the server",
    send: `ms a 2000000 c\r\n${"x".repeat(2_000_000)}\r\nmn\r\nmg a\r\n`,
  },
  {
    name: "a quiet meta value too large for the server",
    send: `ms a 2000000 q\r\n${"x".repeat(2_000_000)}\r\nmn\r\nmg a\r\n`,
  },
  { name: "a value of 500,000 bytes", send: `${set("a", "y".repeat(500_000))}get a\r\nmn\r\n` },
  {
    name: "a value of 500,000 bytes with noreply, then get",
    send: `${set("a", "y".repeat(500_000), " noreply")}get a\r\nmn\r\n`,
  },
  {
    name: "a quiet meta value of 500,000 bytes",
    send: `ms a 500000 q\r\n${"y".repeat(500_000)}\r\nmg a s\r\nmn\r\n`,
  },
  {
    name: "a value of 500,000 bytes without its line end",
    send: `set a 0 0 500000\r\n${"y".repeat(500_002)}mn\r\nget a\r\n`,
  },
  {
    name: "append and prepend over 128 KiB",
    send: `${set("a", "x")}append a 0 0 200000\r\n${"y".repeat(200_000)}\r\nprepend a 0 0 1\r\nz\r\nmg a s\r\n`,
  },
  {
    name: "a large value in the middle of a pipeline",
    send: `${set("b", "1")}get b\r\n${set("a", "y".repeat(300_000))}get b\r\nget a\r\nincr b 1\r\n`,
  },

  // noreply
  {
    name: "noreply everywhere",
    send: `${set("a", "1", " noreply")}add a 0 0 1 noreply\r\n2\r\nreplace a 0 0 1 noreply\r\n3\r\nappend a 0 0 1 noreply\r\n4\r\nprepend a 0 0 1 noreply\r\n5\r\ncas a 0 0 1 1 noreply\r\n6\r\nincr a 1 noreply\r\ndecr a 1 noreply\r\ntouch a 0 noreply\r\nget a\r\ndelete a noreply\r\nverbosity 1 noreply\r\nflush_all noreply\r\nflush_all 0 noreply\r\nget a\r\n`,
  },
  {
    name: "noreply with mistakes",
    send: lines(
      "incr a x noreply",
      "decr a noreply",
      "touch a x noreply",
      "touch a noreply",
      "delete a 5 noreply",
      "flush_all x noreply",
      "mn",
    ),
  },
  {
    name: "noreply with a bad length",
    send: "set a 0 0 -1 noreply\r\nms a -1 q\r\nmn\r\n",
  },
  ...["set a 0 0 x noreply", "set a 0 0 noreply"].map((line) => ({
    name: `noreply with what is no length: ${line}`,
    send: `mn\r\n${line}\r\nmn\r\n`,
    ends: true as const,
    differs: { answer: "MN\r\n", because: UNCLEAR },
  })),
  {
    name: "noreply with a key too long",
    send: `incr ${key251} 1 noreply\r\ndelete ${key251} noreply\r\ntouch ${key251} 1 noreply\r\nmn\r\n`,
  },
  {
    name: "noreply on commands that do not know it",
    send: lines(
      "get noreply",
      "gets a noreply",
      "gat 0 noreply",
      "version noreply",
      "mn noreply",
      "stats noreply",
      "stats reset noreply",
      "slabs noreply",
      "mg a noreply",
      "md a noreply",
    ),
  },
  {
    name: "noreply not as the last word",
    send: lines("incr a noreply 1", "delete noreply 0", "touch noreply 0", "flush_all noreply 0"),
  },
  {
    name: "noreply in other letters",
    send: "set a 0 0 1 NOREPLY\r\n1\r\ndelete a NOREPLY\r\ndelete a norepl\r\n",
  },
  { name: "an unknown command with noreply", send: lines("bogus noreply", "bogus a 1 noreply") },
  {
    name: "too few words with noreply",
    send: lines("incr noreply", "touch noreply"),
  },

  // Gets
  {
    name: "a get of many keys",
    send: `${set("a", "1")}${set("b", "2")}${set("c", "")}${lines("get a b c d", "gets d", "get d e f", "gat 0 a x c", "gat 100 b a")}`,
  },
  {
    name: "a get of the same key many times",
    send: `${set("a", "1")}${lines("get a a a", "get a x a x a")}`,
  },
  {
    name: "a get of more keys than memcached has tokens",
    send: `${set("k7", "7")}${set("k77", "")}get ${Array.from({ length: 200 }, (_, i) => `k${i}`).join(" ")}\r\n`,
  },
  {
    name: "a get line of 60 KB",
    send: `${set("k9", "9")}get ${Array.from({ length: 240 }, (_, i) => `k${i} ${"x".repeat(240)}`).join(" ")}\r\n`,
  },
  {
    name: "a get line of 500 KB",
    send: `${set("k9", "9")}get ${Array.from({ length: 2000 }, (_, i) => `k${i} ${"x".repeat(240)}`).join(" ")}\r\nmn\r\n`,
  },
  {
    name: "an endless line",
    ends: true,
    send: `${"x".repeat(5000)}\r\nmn\r\n`,
    differs: {
      answer: "CLIENT_ERROR line too long\r\n",
      because:
        "memcached's answer depends on how much it reads at once: ERROR, or a closed connection without a word",
    },
  },
  { name: "an endless get of one key", send: `get ${"x".repeat(5000)}\r\nmn\r\n` },
];
