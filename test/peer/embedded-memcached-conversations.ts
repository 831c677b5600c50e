import type { Step } from "../support/memcache-peer.ts";

/** What is said to both servers; each step is sent when the one before is answered. */
export interface Conversation {
  readonly name: string;
  readonly steps: readonly Step[];
  /** Too long to be worth sending byte by byte. */
  readonly long?: boolean;
}

const LONGEST_KEY = "k".repeat(250);
const TOO_LONG_KEY = "k".repeat(251);
const MIB = 1024 * 1024;
/** What an item under a one-letter key takes beside its value, with flags of 0. */
const OVERHEAD = 48 + 8 + 2 + 2;

function set(key: string, length: number): Step {
  return `set ${key} 0 0 ${length}\r\n${"x".repeat(length)}\r\n`;
}

export const CONVERSATIONS: readonly Conversation[] = [
  {
    name: "store and fetch",
    steps: [
      "set a 5 0 3\r\nabc\r\nget a\r\ngets a\r\nget a b a\r\n",
      "add a 0 0 1\r\nx\r\nadd b 0 0 1\r\ny\r\nreplace b 1 0 1\r\nz\r\nreplace c 0 0 1\r\nz\r\nget a b c\r\n",
      "append a 9 0 2\r\nde\r\nprepend a 9 0 2\r\n__\r\nget a\r\nappend c 0 0 1\r\nx\r\nprepend c 0 0 1\r\nx\r\n",
      "set e 0 0 0\r\n\r\nget e\r\nset r 0 0 4\r\n\r\n\r\n\r\nget r\r\nset z 0 0 3\r\n\0\xff\0\r\nget z\r\n",
    ],
  },
  {
    name: "compare and swap",
    steps: [
      "set a 0 0 1\r\n1\r\ngets a\r\n",
      "cas a 0 0 1 {cas}\r\n2\r\ncas a 0 0 1 {cas}\r\n3\r\nget a\r\ncas b 0 0 1 {cas}\r\n1\r\n",
      "cas a 0 0 1\r\ncas a 0 0 1 x\r\ncas a 0 0 1 1 noreply\r\n1\r\ncas a 0 0 1 1 2 3\r\n",
    ],
  },
  {
    name: "arithmetic",
    steps: [
      // memcached pads a shorter result only while no reply holds the old one, so a get ends its step here.
      "set n 7 0 1\r\n9\r\nincr n 1\r\nget n\r\n",
      "incr n 18446744073709551615\r\n",
      "get n\r\n",
      "decr n 100\r\n",
      "get n\r\n",
      "incr n x\r\nincr n -1\r\nincr n 18446744073709551616\r\nincr n\r\nincr n 1 2 3\r\nincr m 1\r\ndecr m 1\r\n",
      "set t 0 0 2\r\nhi\r\nincr t 1\r\nset t 0 0 0\r\n\r\nincr t 1\r\nset t 0 0 2\r\n-1\r\nincr t 1\r\n",
      "set t 0 0 4\r\n12 x\r\nincr t 1\r\nset t 0 0 3\r\n 12\r\nincr t 1\r\nset t 0 0 21\r\n184467440737095516150\r\nincr t 1\r\n",
      "set n 0 0 2\r\n10\r\nincr n 1 noreply\r\ndecr n 2 noreply\r\n",
      "get n\r\nset n 0 0 20\r\n18446744073709551615\r\nincr n 1\r\n",
      "get n\r\n",
    ],
  },
  {
    name: "touch and expiry",
    steps: [
      "set a 0 100 1\r\nx\r\nmg a t\r\ntouch a 200\r\nmg a t\r\ntouch a 0\r\nmg a t\r\ntouch b 0\r\n",
      "gat 300 a b\r\nmg a t\r\ngats 0 a\r\nmg a t\r\ngat 10\r\ngat\r\ngat x a\r\ngat 10 a noreply\r\n",
      "set a 0 -1 1\r\nx\r\nget a\r\nset a 0 60 1\r\nx\r\nget a\r\nset a 0 2592001 1\r\nx\r\nget a\r\n",
      "set a 0 0 1\r\nx\r\ntouch a -1\r\nget a\r\nset a 0 0 1\r\nx\r\ngat -1 a\r\nget a\r\nset a 0 0 1\r\nx\r\ngat 2592001 a\r\nget a\r\n",
      "touch a\r\ntouch a x\r\ntouch a 1 2 3\r\ntouch a 1 noreply\r\nset a 0 x 1\r\nset a 0 2147483648 1\r\nx\r\nget a\r\nset a 0 99999999999999999999 1\r\n",
    ],
  },
  {
    name: "delete and flush_all",
    steps: [
      "set a 0 0 1\r\nx\r\ndelete a\r\ndelete a\r\ndelete a 0\r\ndelete a 1\r\ndelete a noreply\r\ndelete a 0 noreply\r\n",
      "delete a 10 noreply\r\ndelete a x y\r\ndelete\r\ndelete a 0 noreply x\r\ndelete noreply\r\n",
      "set a 0 0 1\r\nx\r\nflush_all\r\nget a\r\nset a 0 0 1\r\nx\r\nget a\r\nflush_all 0\r\nget a\r\nflush_all noreply\r\n",
      "set a 0 0 1\r\nx\r\nflush_all -1\r\nget a\r\nflush_all x\r\nflush_all 0 0 0\r\nflush_all 0 noreply\r\nflush_all 0 x\r\n",
    ],
  },
  {
    name: "long keys",
    steps: [
      `set ${LONGEST_KEY} 0 0 1\r\nx\r\nget ${LONGEST_KEY}\r\nmg ${LONGEST_KEY} k v\r\n`,
      `set ${TOO_LONG_KEY} 0 0 1\r\nx\r\n`,
      // A get that memcached refuses for its key swallows the answers before it that are not yet sent.
      `get ${TOO_LONG_KEY}\r\n`,
      `get a ${TOO_LONG_KEY}\r\n`,
      `gat 0 ${TOO_LONG_KEY}\r\n`,
      `incr ${TOO_LONG_KEY} 1\r\ntouch ${TOO_LONG_KEY} 0\r\ndelete ${TOO_LONG_KEY}\r\n`,
      `mg ${TOO_LONG_KEY}\r\nms ${TOO_LONG_KEY} 1\r\nmd ${TOO_LONG_KEY}\r\nma ${TOO_LONG_KEY}\r\nme ${TOO_LONG_KEY}\r\n`,
    ],
  },
  {
    name: "values that do not end where they should",
    steps: [
      "set a 0 0 3\r\nabcdef\r\n",
      "set a 0 0 3\r\nab\r\nX\r\n",
      "set a 0 0 1 noreply\r\nab\r\n",
      "ms a 3\r\nabcdef\r\n",
      "ms a 3 q\r\nabcdef\r\n",
      "set a 0 0 -1\r\nset a 0 0 4294967295\r\nset a 0 0 x\r\nset a 0 0\r\nset a 0 0 1 2 3\r\nset a\r\nset\r\n",
      "get a\r\n",
    ],
  },
  {
    name: "lines of all kinds",
    steps: [
      "\r\n \r\na\r\nbogus\r\nGET a\r\nget\r\ngets\r\nget  a  b \r\n  get a\r\nmz a\r\nm\r\nmnn\r\nconstructor\r\n",
      "set a 0 0 1\nx\r\nget a\nmn\nversion\nget a b\n",
      "get a\0b\r\nget\ta\r\nmg a s\0v\r\n",
      "set a 0 0 1 foo\r\nx\r\nset a 4294967296 0 1\r\nx\r\nget a\r\nset a 4294967295 0 1\r\nx\r\nget a\r\nset a -1 0 1\r\n",
      "set a 1x 0 1\r\nset a +1 0 1\r\nx\r\nget a\r\nset a 99999999999999999999 0 1\r\n",
      "verbosity\r\nverbosity 1\r\nverbosity x\r\nverbosity 1 noreply\r\nverbosity 1 2\r\nverbosity 1 2 3\r\nverbosity 0\r\n",
      "version\r\nversion x\r\nshutdown\r\nslabs automove x\r\nslabs automove 1\r\nslabs x\r\nslabs\r\nslabs automove 9\r\n",
    ],
  },
  {
    name: "stats",
    steps: [
      "stats reset\r\nstats detail\r\nstats detail x\r\nstats bogus\r\nstats detail on\r\nset p:a 0 0 1\r\nx\r\nset q 0 0 1\r\nx\r\n",
      "get p:a p:b q\r\ngets p:a\r\ndelete p:b\r\nstats detail dump\r\nstats detail off\r\nget p:a\r\nstats detail dump\r\n",
      "stats reset\r\nstats detail dump\r\nstats sizes\r\n",
      "stats cachedump\r\nstats cachedump 1\r\nstats cachedump x y\r\nstats cachedump 200 0 0\r\nstats cachedump 60 0\r\n",
    ],
  },
  { name: "quit", steps: ["get a\r\nquit\r\nget a\r\n"] },
  { name: "quit with more words", steps: ["quit now\r\n"] },
  { name: "HTTP", steps: ["GET / HTTP/1.1\r\n"] },
  { name: "HTTP, a write", steps: ["POST /a/b HTTP/1.0\r\nHost: x\r\n"] },
  { name: "a long line without an end", steps: [`${"x".repeat(3000)}\r\n`] },
  {
    name: "a get of many keys",
    steps: [`set a 0 0 1\r\nx\r\n`, `get ${"a b ".repeat(2000)}\r\n`],
    long: true,
  },
  {
    name: "large values",
    long: true,
    steps: [
      `${set("l", 800_000)}get l\r\n`,
      `${set("l", MIB)}get l\r\n`,
      `set l 0 0 1\r\nx\r\nms l ${MIB}\r\n${"x".repeat(MIB)}\r\nget l\r\n`,
      `set l 0 0 ${2 * MIB} noreply\r\n${"x".repeat(2 * MIB)}\r\n`,
      `add l 0 0 ${2 * MIB}\r\n${"x".repeat(2 * MIB)}\r\n`,
      `${set("l", MIB - OVERHEAD)}${set("l", MIB - OVERHEAD + 1)}`,
      `set l 0 0 1\r\nx\r\nappend l 0 0 ${MIB - OVERHEAD}\r\n${"x".repeat(MIB - OVERHEAD)}\r\nget l\r\n`,
    ],
  },
  {
    name: "meta get",
    steps: [
      "set a 5 0 3\r\nabc\r\nmg a\r\n",
      "set a 5 0 3\r\nabc\r\nmg a s v t f c h l k Oq\r\nmg a h\r\nmg a Oq k v\r\nme a\r\nmg b\r\nmg b k Oq v\r\nmg b q\r\n",
      "mg\r\nmg a z\r\nmg a v v\r\nmg a v1\r\nmg a vv\r\nmg a q v\r\nmg a Tx\r\nmg a T\r\nmg a N-\r\nmg a Mxx\r\n",
      `mg a O${"1".repeat(31)}\r\nmg a O${"1".repeat(32)}\r\nmg a${" v".repeat(17)}\r\nmg a${" v".repeat(18)}\r\nmg a ${"b ".repeat(30)}\r\n`,
      "set u 0 0 1\r\nx\r\nmg u u h\r\nmg u u h\r\nmg u h\r\nmg u h\r\nmg u T100 t\r\nmg u t T0\r\nmg u t\r\nmg u T-1\r\nmg u\r\n",
      "set g 0 0 1\r\nx\r\ntouch g 0\r\nmg g h\r\nset g 0 0 1\r\nx\r\ngat 0 g\r\nmg g h\r\nset g 0 0 1\r\n1\r\nincr g 1\r\nmg g h\r\n",
    ],
  },
  {
    name: "meta get: who recaches",
    steps: [
      "mg v N100 v t\r\nmg v N100 v t\r\nmg v v\r\nms v 1 T100\r\nx\r\nmg v v N100\r\n",
      "ms r 1 T50\r\nx\r\nmg r R10 t\r\nmg r R60 t\r\nmg r R60 t\r\nmg r t\r\nms w 1\r\nx\r\nmg w R60\r\n",
      "ms s 1 T100 c\r\nx\r\nmd s I T50\r\nmg s t v c\r\nmg s v\r\nmg s v\r\nmd s I\r\nmg s v\r\nms s 1\r\ny\r\nmg s v\r\n",
      "ms i 1 c\r\nx\r\n",
      "md i I\r\nms i 1 I C{cas}\r\ny\r\nmg i v\r\nmg i v\r\nms i 1 C{cas}\r\nz\r\nmg i v\r\n",
      "ms i 1 I C999999999\r\ny\r\nms j 1 I C1\r\ny\r\n",
    ],
  },
  {
    name: "meta set",
    steps: [
      "ms a 3\r\nabc\r\nmg a v f\r\nms a 3 F5 T100 k Oq c\r\nabd\r\nmg a v f t\r\nms a 1 q\r\nx\r\nmg a v\r\n",
      "ms a 1 ME\r\ny\r\nms b 1 ME\r\ny\r\nms a 1 MA\r\n2\r\nms a 1 MP\r\n0\r\nmg a v\r\nms c 1 MR\r\nx\r\nms c 1 MA k Oq\r\nx\r\nms c 1 MP q\r\nx\r\n",
      "ms a 1 MR\r\nz\r\nms a 1 MS c\r\nz\r\n",
      "ms a 1 C{cas}\r\nw\r\nms a 1 C{cas} k Oq\r\nv\r\nms a 1 C1 c\r\nu\r\nms n 1 C1\r\nx\r\nms a 1 C0\r\nx\r\nms a 1 MA C1\r\nx\r\n",
      "ms a 1 MZ\r\nx\r\nms a 1 MSS\r\nx\r\nms a 1 M\r\nx\r\nms a 1 z\r\nx\r\nms a 1 k k\r\nx\r\nms a 1 Tx\r\nx\r\nms a 1 Fx\r\nx\r\nms a 1 Cx\r\nx\r\n",
      "ms a\r\nms a x\r\nms a -1\r\nms a S1\r\nms\r\nms a 4294967295\r\nms e 0\r\n\r\nmg e v s\r\nms a 1 invalid\r\nx\r\n",
      `ms a 1 O${"1".repeat(32)}\r\nx\r\nms a 1${" k".repeat(17)}\r\n`,
    ],
  },
  {
    name: "meta delete",
    steps: [
      "set a 0 0 1\r\nx\r\nmd a k Oq\r\nmd a k Oq\r\nmd a q\r\nset a 0 0 1\r\nx\r\nmd a q\r\nmg a\r\nmd a z\r\nmd a q q\r\nmd\r\n",
      "ms a 1 c\r\nx\r\n",
      "md a C1 k\r\nmd a C{cas} Oq\r\nmg a\r\nmd a Cx\r\nset a 0 0 1\r\nx\r\nmd a I q\r\nmg a v\r\nmd a T30\r\nmg a\r\n",
      `md a O${"1".repeat(32)}\r\nmd a${" k".repeat(18)}\r\n`,
    ],
  },
  {
    name: "meta arithmetic",
    steps: [
      "ma n\r\nma n N0 J13 v t\r\nma n v\r\nma n D30 v k Oq\r\nma n MD D3 v\r\nma n M- v\r\nma n M+ v\r\nma n MI\r\nmg n v\r\n",
      "ma n MD D1000 v\r\n",
      "mg n v\r\nma n MZ\r\nma n Dx\r\nma n Jx\r\nma n N\r\nma n q\r\nma m q\r\nma m k Oq\r\nma n T100 t v\r\nma n t T0\r\nma n t\r\n",
      "ma n c\r\n",
      "ma n C{cas} v\r\nma n C{cas} v k\r\nma n C0 v\r\nset t 0 0 2\r\nhi\r\nma t\r\nma t N0\r\nma j N100 t c k\r\nmg j v t h\r\n",
      // A number that grows is another item, which an expiry given with it does not reach.
      "set g 5 50 2\r\n99\r\n",
      "ma g T100 t v c\r\n",
      "mg g t f c v\r\n",
      "ma g T100 t v\r\nma g T2592001\r\n",
      "mg g v\r\n",
      `ma n O${"1".repeat(32)}\r\nma n${" v".repeat(18)}\r\nma\r\n`,
    ],
  },
  {
    name: "base64 keys",
    steps: [
      "ms Zm9v 3 b k Oq\r\nabc\r\nmg Zm9v b v k\r\nmg foo v k\r\nget foo\r\nme Zm9v b\r\nme foo\r\nmd Zm9v b k\r\nmg Zm9v b k\r\n",
      "set foo 0 0 1\r\nx\r\nmg Zm9v b k\r\nma Zm9v b k\r\nms AAAA 1 b\r\nx\r\nmg AAAA b v k\r\nma aGk= b N0 J5 v k\r\nmg aGk= b v k\r\n",
      "mg Z b\r\nms Z 1 b\r\nx\r\nmd Z b\r\nma Z b\r\nme Z b\r\nmg YWI= b k\r\nms YSBi 1 b k\r\nx\r\nmg YSBi b v k\r\nmg new= b\r\n",
    ],
  },
  {
    name: "meta debug",
    steps: [
      "me\r\nme a\r\nset a 9 0 2\r\nxy\r\nme a\r\nget a\r\nme a\r\nset a 0 100 2\r\nxy\r\nme a\r\nme a b c\r\n",
    ],
  },
];
