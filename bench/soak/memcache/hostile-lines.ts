import type { Random } from "../random.ts";

const storage = ["set", "add", "replace", "append", "prepend", "cas"];
const keyed = ["incr", "decr", "touch", "delete"];
const gets = ["get", "gets", "gat 0", "gats +5", "gat x", "gat 99999999999", "gat 0000000000000005"];
const metas = ["mg", "md", "ma", "me"];
/** None of them empties a server, moves pages, or asks for more than a few lines. */
const plain = [
  "mn",
  "version",
  "verbosity 1",
  "verbosity x",
  "flush_all x",
  "flush_all 2147483648",
  "flush_all noreply noreply",
  "flush_all +1000000 noreply",
  "slabs",
  "slabs noreply",
  "slabs x noreply",
  "slabs automove 0",
  "slabs automove +0",
  "slabs automove noreply noreply",
  "slabs reassign -1 1",
  "stats noreply",
  "stats bogus",
  "stats detail x",
  "stats sizes_disable",
  "stats cachedump x y",
  "stats items x",
  "lru tune 1 2",
  "lru_crawler crawl x",
  "watch fetchers",
  "shutdown x",
  "bogus",
  "",
];
const numbers =
  "0 1 5 -1 +1 -0 007 000000000001 4294967295 4294967296 2147483648 99999999999 18446744073709551616 x 1x"
    .split(" ")
    .concat("\t1", "1\t", "");
const flags =
  "v k s t c f h q u b l I x kjunk v v T5 T+5 Tx T N0 R30 F1 F+1 F4294967296 C1 Cx E5 D1 J5 MS MA Mset M Oabc O P/x L7 Z ! - 1 _"
    .split(" ")
    .concat("\x80", "\xff", "\x7f", "\t", `O${"o".repeat(40)}`, `Z${"z".repeat(40)}`, "Oa\rb");
const endings = ["", "", "", " noreply", " noreply noreply", " noreply 0", " junk", " junk junk", " "];
const lineEnds = ["\r\n", "\r\n", "\r\n", "\r\n", "\n", "\r\r\n"];
/** What a value holds that a server would run as commands, had it not taken it for a value. */
const values = ["mn", "mn\r\nmn", "get k", "version", "incr n 1", "", "x", "END", "STORED\r\nEND"];

/**
 * Bytes of a client that means harm: a command in or near memcached's grammar, with a value as announced, or another
 * one, or none. Bytes are latin1 characters. All its keys begin with `prefix`.
 */
export function hostileBytes(random: Random, prefix: string): Buffer {
  const text = random.once(20) ? garbage(random) : command(random, prefix);
  // With one byte less it might empty the servers, which the others would take for loss.
  const spoils = random.once(15) && !text.includes("flush_all");
  return Buffer.from(spoils ? spoil(random, text) : text, "latin1");
}

function command(random: Random, prefix: string): string {
  const end = random.pick(lineEnds);
  const blank = random.once(10) ? "  " : " ";
  const lead = random.once(15) ? random.pick([" ", "   ", "\t"]) : "";
  const words = commandWords(random, prefix);
  const line = `${lead}${words.join(blank)}${end}`;
  const [name = ""] = words;
  return storage.includes(name) || name === "ms" ? line + value(random, words) : line;
}

function commandWords(random: Random, prefix: string): string[] {
  const key = () => keyOf(random, prefix);
  const ending = random.pick(endings).split(" ").slice(1);
  switch (random.below(6)) {
    case 0: {
      const name = random.pick(storage);
      const unique = name === "cas" || random.once(20) ? [random.pick(numbers)] : [];
      return [name, key(), number(random), number(random), length(random), ...unique, ...ending];
    }
    case 1:
      return [random.pick(keyed), key(), ...(random.once(3) ? [] : [random.pick(numbers)]), ...ending];
    case 2:
      return [random.pick(gets), ...some(random, 4, key), ...ending.slice(0, 1)];
    case 3:
      return [random.pick(metas), key(), ...some(random, 6, () => random.pick(flags))];
    case 4:
      return ["ms", key(), length(random), ...some(random, 6, () => random.pick(flags))];
    default:
      return [random.pick(plain)];
  }
}

/** Mostly one that is as it should be, so that not every line has a mistake in each of its words. */
function number(random: Random): string {
  return random.once(2) ? "0" : random.pick(numbers);
}

function length(random: Random): string {
  if (random.once(3)) return random.pick(numbers);
  const length = String(random.below(12));
  return random.once(6) ? random.pick(["+", "00", "000000000000"]) + length : length;
}

function keyOf(random: Random, prefix: string): string {
  switch (random.below(14)) {
    case 0:
      return `${prefix}${"k".repeat(251 - prefix.length)}`;
    case 1:
      return `${prefix}${"k".repeat(250 - prefix.length)}`;
    case 2:
      return `${prefix}${random.pick(["\x01", "\t", "\x80\xff", "\0", "\r"])}k`;
    case 3:
      return "noreply";
    case 4:
      return Buffer.from(`${prefix}b64`).toString("base64");
    case 5:
      return random.pick(["Zh==", "Zg=Z", "=", "!!!"]);
    default:
      return `${prefix}${random.below(5)}`;
  }
}

function value(random: Random, words: readonly string[]): string {
  if (random.once(12)) return "";
  const announced = Number(words[words[0] === "ms" ? 2 : 4]);
  const text = random.pick(values);
  const fits = Number.isInteger(announced) && announced >= 0 && announced < 100 && !random.once(6);
  return `${fits ? text.padEnd(announced, "\r\nmn").slice(0, announced) : text}\r\n`;
}

function garbage(random: Random): string {
  return String.fromCharCode(
    ...some(random, 40, () => random.pick([0, 9, 10, 13, 32, 48, 97, 109, 128, 255])),
  );
}

/** What a server that lies says in place of an answer: mostly the answer, or near it. */
export function spoiled(random: Random, answer: Buffer): Buffer {
  switch (random.below(8)) {
    case 0:
      return Buffer.from(spoil(random, answer.toString("latin1")), "latin1");
    case 1:
      return Buffer.from(
        answer.toString("latin1").replace(/\d+/, () => random.pick(numbers)),
        "latin1",
      );
    case 2:
      return Buffer.concat([answer, answer]);
    case 3:
      return answer.subarray(0, random.below(answer.length + 1));
    default:
      return answer;
  }
}

/** One byte changed, taken out, or put in. */
function spoil(random: Random, text: string): string {
  const at = random.below(text.length + 1);
  const byte = String.fromCharCode(random.below(256));
  return text.slice(0, at) + (random.once(3) ? "" : byte) + text.slice(at + random.below(2));
}

function some<T>(random: Random, most: number, make: () => T): T[] {
  return Array.from({ length: random.below(most + 1) }, make);
}
