import type { OddInput } from "./odd-input.ts";
import { lines, meaninglessFlags, SWALLOWED, set, UNCLEAR } from "./odd-input.ts";

/** The meta commands. */
export const ODD_META: readonly OddInput[] = [
  // Meta commands
  {
    name: "mg",
    send: `${set("a", "1")}${lines("mg a", "mg a v", "mg a s v k f t", "mg a Oxyz k", "mg a c", "mg missing", "mg missing v k Oabc", "mg a h l", "mg a v h")}`,
  },
  {
    name: "mg with wrong flags",
    send: lines(
      "mg a !",
      "mg a Z",
      "mg a v v",
      "mg a S",
      "mg a N",
      "mg a Nx",
      "mg a Tx",
      "mg a Rx",
      "mg a T",
    ),
  },
  {
    name: "mg in base64",
    send: `${set("foo", "1")}${lines("mg Zm9v b v k", "mg Zm9v v k", "mg !!!! b v", "mg Zm9 b v", "mg A b")}`,
  },
  {
    name: "a binary key in base64",
    send: "ms AAEC 1 b\r\n1\r\nmg AAEC b v k\r\nmd AAEC b k\r\nmg AAEC b v k\r\n",
  },
  {
    name: "mg quiet",
    send: `${set("a", "1")}${lines("mg a q v", "mg missing q v", "mg missing q", "mg a q k", "mn")}`,
  },
  {
    name: "quiet commands all along",
    send: `${lines("mg x q v", "md x q", "ma x q")}ms x 1 q\r\n1\r\n${lines("mg x q v", "ma x q", "ma x q v", "md x q", "md x q", "mg x q v", "mn")}`,
  },
  {
    name: "quiet commands that fail",
    send: `${set("a", "abc")}${lines("ma a q", "mg a q Z", "md a q Z", "ma a q Dx")}ms a 1 q MZ\r\n1\r\nms a 1 q ME\r\n1\r\nms a 1 q MR\r\n5\r\nms b 1 q MR\r\n5\r\nms b -1 q\r\nmn\r\n`,
  },
  {
    name: "ms",
    send: "ms a 1\r\n1\r\nms a 1 k Oq c\r\n1\r\nms a 1 T100 F5\r\n1\r\nmg a v f\r\nms a 0\r\n\r\nmg a v\r\n",
  },
  {
    name: "ms in the modes",
    send: "ms a 1 ME\r\n1\r\nms a 1 ME\r\n2\r\nms a 1 MA\r\n3\r\nms a 1 MP\r\n0\r\nms a 1 MR\r\n9\r\nms b 1 MR\r\n9\r\nms b 1 Mset\r\n9\r\nmg a v\r\nmg b v\r\n",
  },
  {
    name: "ms without a length",
    send: lines("ms a", "mn"),
    ends: true,
    differs: { answer: "CLIENT_ERROR bad command line format\r\n", because: UNCLEAR },
  },
  {
    name: "ms with wrong flags",
    send: "ms a 1 Z\r\n1\r\nms a 1 k k\r\n1\r\nms a 1 Tx\r\n1\r\nms a 1 Fx\r\n1\r\nms a 1 MZ\r\n1\r\nms a 1 Cx\r\n1\r\nms !!!! 1 b\r\n1\r\nmn\r\n",
  },
  { name: "ms with a bad value", send: "ms a 1\r\n12\r\nmn\r\nms a 1 q\r\n12\r\nmn\r\n" },
  { name: "ms with sixteen flags", send: `ms YQ== 2 ${meaninglessFlags(16)}\r\nmn\r\nmn\r\n` },
  ...[meaninglessFlags(17), `${meaninglessFlags(26)} ${meaninglessFlags(4)}`].map((flags) => ({
    name: `ms with too many flags: ${flags}`,
    send: `ms YQ== 2 ${flags}\r\nmn\r\nmn\r\n`,
    differs: { answer: "CLIENT_ERROR options flags too long\r\nMN\r\n", because: SWALLOWED },
  })),
  {
    name: "mg with very many flags",
    send: lines(
      `mg YQ== ${meaninglessFlags(16)}`,
      `mg YQ== ${meaninglessFlags(17)}`,
      `mg a ${meaninglessFlags(18)}`,
      `md a ${meaninglessFlags(18)}`,
      `ma a ${meaninglessFlags(18)}`,
      "mn",
    ),
  },
  {
    name: "an opaque that is too long",
    send: `${lines(`mg a O${"x".repeat(31)}`, `mg a O${"x".repeat(32)}`, `mg a O${"x".repeat(33)} k`, `md a O${"x".repeat(200)}`)}ms a 1 O${"x".repeat(40)}\r\n1\r\nmn\r\n`,
  },
  {
    name: "ma",
    send: lines(
      "ma n",
      "ma n N0 J13 v",
      "ma n v",
      "ma n D5 v",
      "ma n MD D3 v",
      "ma n Mincr v",
      "ma n MX",
      "ma n Dx",
      "ma n Jx",
      "ma n D-1",
      "ma n t c k Ox",
    ),
  },
  {
    name: "md",
    send: `${set("a", "1")}${lines("md a C999999", "md a I T30", "md a k Oz", "md a", "md a Cx", "md a v")}`,
  },
  { name: "me", send: lines("me missing", "me missing b", "me !!! b") },
  { name: "mn between pipelined commands", send: "mg a q\r\nmn\r\nget a\r\nmn\r\nmn\r\n" },
  {
    name: "stale and winning",
    send: `${set("a", "1")}${lines("md a I T30", "mg a v", "mg a v", "mg b N30 v", "mg b v", "mg b v t")}`,
  },

  ...["x", "1x", "S1"].map((length) => ({
    name: `ms with a length of "${length}"`,
    send: `ms a ${length}\r\nmn\r\n`,
    ends: true as const,
    differs: { answer: "CLIENT_ERROR bad command line format\r\n", because: UNCLEAR },
  })),
  { name: "ms with a negative length", send: "ms a -1\r\nmn\r\n" },
  ...["Zg=Z", "Zh=="].map((key) => ({
    name: `a second base64 text for the same key: ${key}`,
    send: `mg ${key} b k\r\nms ${key} 2 b\r\nmn\r\n`,
    differs: {
      answer: "CLIENT_ERROR error decoding key\r\n".repeat(2),
      because: "it would be another key for the ring than for the server",
    },
  })),
];
