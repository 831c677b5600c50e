// What does a server see of each request, and what does the client get of the answer?
import t from "tap";
import { ownVersion } from "../../src/proxy/memcache/own-version.ts";
import { startPlane } from "../support/plane.ts";
import { runWireCases, type WireCase } from "../support/wire-case.ts";

// By the ring of these tests a, b and c belong to server 0, foo, bar and big to server 1.
const key250 = "a".repeat(250);

const BAD_FORMAT = "CLIENT_ERROR bad command line format\r\n";

/** Requests that reach server 0 as they are, with an answer that comes back as it is. */
const AS_IT_IS: readonly (readonly [request: string, answer: string])[] = [
  ["get a\r\n", "END\r\n"],
  ["get a\r\n", "VALUE a 5 3\r\nabc\r\nEND\r\n"],
  ["gets a\r\n", "VALUE a 5 3 77\r\nabc\r\nEND\r\n"],
  ["gat 100 a\r\n", "VALUE a 5 3\r\nabc\r\nEND\r\n"],
  ["gats 0 a\r\n", "VALUE a 5 0 1\r\n\r\nEND\r\n"],
  ["get a\r\n", "VALUE a 0 12\r\nEND\r\nVALUE \r\r\nEND\r\n"],
  ["set a 0 0 3\r\nabc\r\n", "STORED\r\n"],
  ["set a 4294967295 -1 0\r\n\r\n", "STORED\r\n"],
  ["set a 0 0 4\r\n\r\n\r\n\r\n", "NOT_STORED\r\n"],
  ["add a 0 0 1\r\nx\r\n", "NOT_STORED\r\n"],
  ["replace a 0 0 1\r\nx\r\n", "STORED\r\n"],
  ["append a 0 0 1\r\nx\r\n", "STORED\r\n"],
  ["prepend a 0 0 1\r\nx\r\n", "STORED\r\n"],
  ["cas a 0 0 1 18446744073709551615\r\nx\r\n", "EXISTS\r\n"],
  ["cas a 0 0 1 5\r\nx\r\n", "NOT_FOUND\r\n"],
  ["incr a 1\r\n", "2\r\n"],
  ["decr a 18446744073709551615\r\n", "0\r\n"],
  ["incr a 1\r\n", "CLIENT_ERROR cannot increment or decrement non-numeric value\r\n"],
  ["touch a 100\r\n", "TOUCHED\r\n"],
  ["delete a\r\n", "DELETED\r\n"],
  ["delete a\r\n", "NOT_FOUND\r\n"],
  ["mg a\r\n", "HD\r\n"],
  ["mg a v k Oabc\r\n", "VA 5 ka Oabc\r\nE\r\nMN\r\n"],
  ["mg a v\r\n", "EN\r\n"],
  ["ms a 3 T0 c\r\nabc\r\n", "HD c5\r\n"],
  ["ms a 0\r\n\r\n", "NS\r\n"],
  ["md a\r\n", "NF\r\n"],
  ["ma a v N0 J1\r\n", "VA 1\r\n1\r\n"],
  ["me a\r\n", "ME a exp=-1 la=0 cas=1 fetch=no cls=1 size=60\r\n"],
  ["get a\r\n", "SERVER_ERROR out of memory reading request\r\n"],
  ["set a 0 0 3\r\nabc\r\n", "SERVER_ERROR out of memory storing object\r\n"],
  ["get a\r\n", "VALUE a 0 1\r\nx\r\nSERVER_ERROR in the middle\r\n"],
  [`get ${key250}\r\n`, "END\r\n"],
];

const asItIs = AS_IT_IS.map(
  ([request, answer]): WireCase => ({
    name: `${JSON.stringify(request.slice(0, 40))} → ${JSON.stringify(answer.slice(0, 40))}`,
    client: request,
    servers: { 0: [{ sees: request, answers: answer }] },
    gets: answer,
  }),
);

/** Requests that reach server 0 in another form. */
const rewritten: readonly WireCase[] = [
  {
    name: "bare line feeds become whole line ends",
    client: "get a\nset a 0 0 1\nx\r\nmg a v\n",
    servers: {
      0: [{ sees: "get a\r\nset a 0 0 1\r\nx\r\nmg a v\r\n", answers: "END\r\nSTORED\r\nVA 1\r\nx\r\n" }],
    },
    gets: "END\r\nSTORED\r\nVA 1\r\nx\r\n",
  },
  {
    name: "blanks go, but for one between two words",
    client: "get a  \r\nincr  a 1 \r\n  get   a\r\ngat  5   a  b\r\n",
    servers: {
      0: [
        {
          sees: "get a\r\nincr a 1\r\nget a\r\ngat 5 a b\r\n",
          answers: "END\r\nNOT_FOUND\r\nEND\r\nEND\r\n",
        },
      ],
    },
    gets: "END\r\nNOT_FOUND\r\nEND\r\nEND\r\n",
  },
  {
    name: "numbers lose what some server does not read",
    client:
      "set a +7 -0 000000000001\r\nx\r\ncas a 0 0 +1 +05\r\nx\r\nincr a +1\r\ntouch a +5\r\ngat 000000000000005 a\r\n" +
      "gat +5 a b\r\nms a +1 T+5 F007 Cx1\r\nx\r\nms a +1 T+5 F007 kx\r\nx\r\n",
    servers: {
      0: [
        {
          sees:
            "set a 7 0 1\r\nx\r\ncas a 0 0 1 5\r\nx\r\nincr a 1\r\ntouch a 5\r\ngat 5 a\r\ngat 5 a b\r\n" +
            "ms a 1 T5 F7 k\r\nx\r\n",
          answers: "STORED\r\nEXISTS\r\n5\r\nTOUCHED\r\nEND\r\nEND\r\nHD ka\r\n",
        },
      ],
    },
    gets: "STORED\r\nEXISTS\r\n5\r\nTOUCHED\r\nEND\r\nEND\r\nCLIENT_ERROR bad token in command line format\r\nHD ka\r\n",
  },
  {
    name: "a key called noreply is no noreply",
    client: "delete noreply\r\nget noreply\r\ndelete noreply noreply\r\nincr noreply 1\r\n",
    servers: {
      0: [
        {
          sees: "delete noreply 0\r\nget noreply\r\ndelete noreply 0\r\nincr noreply 1\r\n",
          answers: "DELETED\r\nEND\r\nNOT_FOUND\r\nNOT_FOUND\r\n",
        },
      ],
    },
    gets: "DELETED\r\nEND\r\nNOT_FOUND\r\n",
  },
  {
    name: "a word too many of a set goes",
    client: "set a 0 0 1 junk\r\nx\r\n",
    servers: { 0: [{ sees: "set a 0 0 1\r\nx\r\n", answers: "STORED\r\n" }] },
    gets: "STORED\r\n",
  },
  {
    name: "noreply is podmate's to keep, for every command that knows it",
    client:
      "set a 0 0 1 noreply\r\nx\r\nadd a 0 0 1 noreply\r\nx\r\nreplace a 0 0 1 noreply\r\nx\r\n" +
      "append a 0 0 1 noreply\r\nx\r\nprepend a 0 0 1 noreply\r\nx\r\ncas a 0 0 1 5 noreply\r\nx\r\n" +
      "incr a 1 noreply\r\ndecr a 1 noreply\r\ntouch a 0 noreply\r\ndelete a noreply\r\ndelete a 0 noreply\r\n",
    servers: {
      0: [
        {
          sees:
            "set a 0 0 1\r\nx\r\nadd a 0 0 1\r\nx\r\nreplace a 0 0 1\r\nx\r\nappend a 0 0 1\r\nx\r\n" +
            "prepend a 0 0 1\r\nx\r\ncas a 0 0 1 5\r\nx\r\nincr a 1\r\ndecr a 1\r\ntouch a 0\r\ndelete a\r\ndelete a\r\n",
          answers:
            "STORED\r\nNOT_STORED\r\nSTORED\r\nSTORED\r\nSTORED\r\nEXISTS\r\n" +
            "CLIENT_ERROR cannot increment or decrement non-numeric value\r\n5\r\nTOUCHED\r\nDELETED\r\nNOT_FOUND\r\n",
        },
      ],
    },
    gets: "",
  },
  {
    name: "after noreply the next answer is that of the next request, on either server",
    client: "set a 0 0 1 noreply\r\nx\r\nget a\r\nset foo 0 0 1 noreply\r\ny\r\nget foo\r\n",
    servers: {
      0: [{ sees: "set a 0 0 1\r\nx\r\nget a\r\n", answers: "STORED\r\nVALUE a 0 1\r\nx\r\nEND\r\n" }],
      1: [{ sees: "set foo 0 0 1\r\ny\r\nget foo\r\n", answers: "STORED\r\nEND\r\n" }],
    },
    gets: "VALUE a 0 1\r\nx\r\nEND\r\nEND\r\n",
  },
  {
    name: "an error to noreply stays with podmate",
    client: "set a 0 0 1 noreply\r\nx\r\nget a\r\n",
    servers: {
      0: [{ sees: "set a 0 0 1\r\nx\r\nget a\r\n", answers: "SERVER_ERROR out of memory\r\nEND\r\n" }],
    },
    gets: "END\r\n",
  },
  {
    name: "a quiet miss is nothing, and what follows is in step",
    client: "mg a v q\r\nmg b v q\r\nget c\r\n",
    servers: {
      0: [
        {
          sees: "mg a v q\r\nmn\r\nmg b v q\r\nmn\r\nget c\r\n",
          answers: "MN\r\nVA 1\r\nx\r\nMN\r\nEND\r\n",
        },
      ],
    },
    gets: "VA 1\r\nx\r\nEND\r\n",
  },
  {
    name: "quiet commands over two servers, closed by mn",
    client: "ms a 1 q\r\nx\r\nmd foo q\r\nma bar q v\r\nmg a v q\r\nmn\r\n",
    servers: {
      0: [{ sees: "ms a 1 q\r\nx\r\nmn\r\nmg a v q\r\nmn\r\n", answers: "MN\r\nVA 1\r\nx\r\nMN\r\n" }],
      1: [{ sees: "md foo q\r\nmn\r\nma bar q v\r\nmn\r\n", answers: "MN\r\nNF\r\nMN\r\n" }],
    },
    gets: "NF\r\nVA 1\r\nx\r\nMN\r\n",
  },
  {
    name: "an error to a quiet command is told",
    client: "mg a q Z\r\nms a 1 q\r\nx\r\n",
    servers: {
      0: [
        {
          sees: "mg a q Z\r\nmn\r\nms a 1 q\r\nx\r\nmn\r\n",
          answers: "CLIENT_ERROR invalid flag\r\nMN\r\nSERVER_ERROR out of memory\r\nMN\r\n",
        },
      ],
    },
    gets: "CLIENT_ERROR invalid flag\r\nSERVER_ERROR out of memory\r\n",
  },
  {
    name: "a key in base64 belongs where its bytes belong",
    client: "mg Zm9v b v\r\nmg Zm9v v\r\nms Zm9v 1 b\r\nx\r\nmd Zm9v b k\r\n",
    servers: {
      0: [{ sees: "mg Zm9v v\r\n", answers: "EN\r\n" }],
      1: [
        {
          sees: "mg Zm9v b v\r\nms Zm9v 1 b\r\nx\r\nmd Zm9v b k\r\n",
          answers: "VA 1 kZm9v b\r\ny\r\nHD\r\nHD kZm9v b\r\n",
        },
      ],
    },
    gets: "VA 1 kZm9v b\r\ny\r\nEN\r\nHD\r\nHD kZm9v b\r\n",
  },
];

/** Requests that no server sees. */
const answeredHere: readonly WireCase[] = [
  { name: "mn", client: "mn\r\nmn\r\n", gets: "MN\r\nMN\r\n" },
  { name: "unknown commands", client: "bogus\r\n\r\nGET a\r\n", gets: "ERROR\r\nERROR\r\nERROR\r\n" },
  { name: "verbosity", client: "verbosity 1\r\nverbosity 2 noreply\r\n", gets: "OK\r\n" },
  { name: "version", client: "version\r\n", gets: `VERSION ${ownVersion}\r\n` },
  { name: "quit", client: "quit\r\nget a\r\n", gets: "", closes: true },
  { name: "HTTP", client: "GET / HTTP/1.1\r\n", gets: "", closes: true },
  {
    name: "a key of 251 bytes",
    client: `get ${key250}k\r\nset ${key250}k 0 0 2\r\nmn\r\nget a ${key250}k\r\n`,
    gets: BAD_FORMAT.repeat(3),
  },
  {
    name: "a value without its end",
    client: "set a 0 0 1\r\nxxx\r\nset a 0 0 1 noreply\r\nxxx\r\n",
    gets: "CLIENT_ERROR bad data chunk\r\nERROR\r\nERROR\r\n",
  },
  {
    name: "a line that does not end",
    client: `mg ${"x".repeat(2050)}`,
    gets: "CLIENT_ERROR line too long\r\n",
    closes: true,
  },
  {
    name: "more flags than a server counts, after which it would run the value",
    client: `ms a 2 ${"k ".repeat(17)}\r\nmn\r\nmn\r\n`,
    gets: "CLIENT_ERROR options flags too long\r\nMN\r\n",
  },
  {
    name: "lines that are refused, with their values",
    client:
      "set a x 0 2\r\nmn\r\nset a 4294967296 0 2\r\nmn\r\nset a 0 99999999999 2\r\nmn\r\nset a 0 x 2 noreply\r\nmn\r\n" +
      "set a 0 0 2 noreply noreply\r\nmn\r\ncas a 0 0 2\r\nmn\r\ncas a 0 0 2 x\r\nmn\r\nms a 2 !\r\nmn\r\nms a 2 \x80\r\nmn\r\n" +
      "ms a 2 k k\r\nmn\r\nms a 2 Tx\r\nmn\r\nms Zh== 2 b\r\nmn\r\nmn\r\n",
    gets:
      `${BAD_FORMAT.repeat(3)}ERROR\r\nERROR\r\n${BAD_FORMAT}CLIENT_ERROR invalid flag\r\nCLIENT_ERROR invalid flag\r\n` +
      "CLIENT_ERROR duplicate flag\r\nCLIENT_ERROR bad token in command line format\r\n" +
      "CLIENT_ERROR error decoding key\r\nMN\r\n",
  },
  {
    name: "noreply twice, which a server would not answer at all",
    client:
      "delete a noreply noreply\r\nincr a noreply noreply\r\ndecr a 1 noreply noreply\r\ntouch a noreply noreply\r\n" +
      "flush_all noreply noreply\r\nslabs automove noreply noreply\r\nverbosity noreply noreply\r\nmn\r\n",
    gets: "ERROR\r\nMN\r\n",
  },
  ...["set a 0 0 x", "set a 0 0 1\t", "set a 0 0", "set a\0 0 0 2", "set a 0 0 2\r", "ms a", "ms a x"].map(
    (line) => ({
      name: `${JSON.stringify(line)}, behind which nobody knows how long a value follows`,
      client: `mn\r\n${line}\r\nmn\r\n`,
      gets: /0 0$|\0|2\r$/.test(line) ? "MN\r\nERROR\r\n" : `MN\r\n${BAD_FORMAT}`,
      closes: true as const,
    }),
  ),
  { name: "a get of no key", client: "gat 0\r\ngats +5\r\n", gets: "END\r\nEND\r\n" },
];

await runWireCases(t, [...asItIs, ...rewritten, ...answeredHere], {
  startProxy: (servers) => startPlane(t, servers),
});
