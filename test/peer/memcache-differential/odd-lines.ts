import type { OddInput } from "./odd-input.ts";
import { lines, SWALLOWED, set, UNCLEAR } from "./odd-input.ts";

/** Lines that the specification forbids, leaves open, or that implementations get wrong. */
export const ODD_LINES: readonly OddInput[] = [
  // Lines
  { name: "an empty line", send: "\r\n" },
  { name: "an empty line with a bare line feed", send: "\n" },
  { name: "blanks only", send: "    \r\n" },
  { name: "one letter", send: "g\r\n" },
  { name: "two letters", send: "mx\r\n" },
  { name: "an unknown command", send: "bogus a b c\r\n" },
  { name: "a command in capitals", send: "GET a\r\nSET a 0 0 1\r\n" },
  {
    name: "commands that only begin like one",
    send: lines(
      "getx a",
      "get_ a",
      "gett a",
      "sets a 0 0 1",
      "mgx a",
      "ge a",
      "touchy a 0",
      "versionx",
      "quitx",
    ),
  },
  { name: "bare line feeds", send: `${set("a", "1").replaceAll("\r", "")}get a\ngets\nmn\n` },
  { name: "bare line feeds on the lines only", send: "set a 0 0 1\n1\r\nget a\nmg a v\nmn\n" },
  {
    name: "a carriage return within a line",
    send: "get a\rb\r\nget a\r\r\n",
    differs: { answer: "ERROR\r\nERROR\r\n", because: "there are servers that end the line at it" },
  },
  { name: "leading blanks", send: `  get a\r\n   ${set("a", "1")} get a\r\n` },
  { name: "trailing blanks", send: "set a 0 0 1   \r\n1\r\nget a   \r\nget a b  \r\nmg a v  \r\n" },
  {
    name: "double blanks",
    send: "set  a  0  0  1\r\n1\r\nget  a\r\nget  a   b\r\ngets   a\r\nmg  a  v\r\nms  b  1\r\n2\r\n",
  },
  { name: "tabs in place of blanks", send: "get\ta\r\nset\ta 0 0 1\r\n" },
  { name: "a tab within a key", send: `${set("a\tb", "1")}get a\tb\r\n` },
  { name: "control characters within a key", send: `${set("a\x01b\x7f", "1")}get a\x01b\x7f\r\n` },
  { name: "a key of bytes above 127", send: `${set("é\xff", "1")}get é\xff\r\nmg é\xff v\r\n` },
  {
    name: "a NUL within a key of a get",
    send: "get a\0b\r\nmn\r\n",
    differs: {
      answer: "ERROR\r\nMN\r\n",
      because:
        "memcached ends the line at the NUL; a server that does not would see another key than was routed",
    },
  },
  {
    name: "a NUL at the end of a line",
    send: "mn\0\r\nmn\r\n",
    differs: { answer: "ERROR\r\nMN\r\n", because: "as within a key" },
  },
  { name: "HTTP", ends: true, send: "GET / HTTP/1.0\r\nmn\r\n" },
  { name: "HTTP to a path", ends: true, send: "POST /a/b HTTP/1.1\r\nHost: a\r\n\r\nmn\r\n" },
  { name: "HTTP behind a real command", send: "get a HTTP/1.1\r\nmn\r\n" },

  // Counts of words
  {
    name: "gets without keys",
    send: lines("get", "gets", "gat", "gats", "gat 0", "gats 0"),
  },
  ...["set", "set a", "set a 0 0", "add a 0 0", "cas a 0 0", "prepend a 0 0", "ms"].map((line) => ({
    name: `too few words: ${line}`,
    send: `${line}\r\nmn\r\n`,
    ends: true as const,
    differs: { answer: "ERROR\r\n", because: UNCLEAR },
  })),
  { name: "set with a word too many", send: "set a 0 0 1 junk\r\n1\r\nget a\r\n" },
  { name: "cas with a word too many", send: "cas a 0 0 1 5 junk\r\n1\r\n" },
  ...[
    "set a 0 0 1 junk junk",
    "set a 0 0 1 junk noreply",
    "set a 0 0 1 noreply noreply",
    "cas a 0 0 1",
    "cas a 0 0 1 5 junk junk",
  ].map((line) => ({
    name: `the wrong number of words: ${line}`,
    send: `${line}\r\n1\r\nget a\r\n`,
    differs: { answer: "ERROR\r\nEND\r\n", because: SWALLOWED },
  })),
  {
    name: "incr and decr with the wrong count",
    send: lines("incr", "incr a", "incr a 1 2", "incr a 1 2 3", "decr a", "decr a 1 2 3"),
  },
  { name: "touch with the wrong count", send: lines("touch", "touch a", "touch a 1 2", "touch a 1 2 3") },
  { name: "delete with the wrong count", send: lines("delete", "delete a b c d", "delete a 0 noreply x") },
  {
    name: "plain commands with words they do not know",
    send: lines("version junk", "mn junk", "verbosity", "verbosity 1 2", "verbosity 1 2 3"),
  },
  { name: "flush_all with too many words", send: lines("flush_all 0 0 0", "flush_all 0 noreply x") },
  {
    name: "meta commands without a key",
    send: lines("mg", "md", "ma", "me"),
  },

  // Everything else
  { name: "quit", ends: true, send: "mn\r\nquit\r\nmn\r\n" },
  { name: "quit with more words", ends: true, send: "mn\r\nquit now\r\nmn\r\n" },
  {
    name: "quit behind what is in flight",
    ends: true,
    send: `${set("a", "1")}get a\r\nget a b c\r\nquit\r\nget a\r\n`,
  },
  { name: "flush_all", send: `${set("a", "1")}flush_all\r\nget a\r\n` },
  { name: "flush_all later", send: `${set("a", "1")}flush_all 1000\r\nget a\r\nflush_all\r\n` },
  {
    name: "stats of the servers",
    send: lines(
      "stats detail on",
      "stats detail off",
      "stats detail",
      "stats detail x",
      "stats reset",
      "stats bogus",
      "stats sizes_disable",
    ),
  },
  {
    name: "commands of an administrator",
    send: lines(
      "slabs automove x",
      "slabs reassign 1 2",
      "lru x",
      "lru_crawler x",
      "watch x",
      "cache_memlimit x",
      "shutdown",
      "slabs",
      "lru_crawler",
      "watch",
      "cache_memlimit",
    ),
    differs: {
      answer: `CLIENT_ERROR bad command line format\r\nNOSPARE source class has no spare pages\r\n${"ERROR\r\n".repeat(9)}`,
      because: "all but slabs are for the administrator of one server",
    },
  },
];
