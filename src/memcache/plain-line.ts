import { command } from "../observe/metric-labels.ts";
import { answer } from "./refusals.ts";

/** The line that servers get for a command without a key, or what the client is told instead. */
export type PlainLine = { readonly line: string } | { readonly refusal: string };

const number = /^[+-]?\d+$/;
const statsName = /^[a-z0-9_]{1,32}$/;
/** Largest number of a slab class. */
const lastClass = 255n;
const maxInt32 = 2n ** 31n - 1n;
const maxUint32 = 2n ** 32n - 1n;

/**
 * Writes a command that goes to every server, of `words` (latin1, without `noreply`), in the grammar of server-line.ts.
 * What is refused, is refused in the words of memcached 1.6.18.
 */
export function plainLine(name: number, words: readonly string[]): PlainLine {
  const [verb = "", ...args] = words;
  if (name === command.flush_all) return flush(verb, args);
  return name === command.slabs ? slabs(args) : stats(args);
}

function flush(verb: string, [delay]: readonly string[]): PlainLine {
  if (delay === undefined) return { line: verb };
  const value = between(delay, -maxInt32 - 1n, maxInt32);
  return value === null ? { refusal: answer.badExptime } : { line: `${verb} ${value}` };
}

function slabs([verb = "", first, second, ...rest]: readonly string[]): PlainLine {
  if (verb === "automove" && first !== undefined && second === undefined) {
    const level = between(first, 0n, 2n);
    return level === null ? { refusal: answer.badFormat } : { line: `slabs automove ${level}` };
  }
  if (verb !== "reassign" || first === undefined || second === undefined || rest.length > 0) {
    return { refusal: answer.error };
  }
  // No class at all (-1) ends memcached 1.6.38.
  const [from, to] = [between(first, 0n, lastClass), between(second, 0n, lastClass)];
  return from === null || to === null
    ? { refusal: answer.badFormat }
    : { line: `slabs reassign ${from} ${to}` };
}

function stats([name = "", first = "", second]: readonly string[]): PlainLine {
  if (!statsName.test(name)) return { refusal: answer.error };
  if (name === "detail") {
    return /^(on|off|dump)$/.test(first)
      ? { line: `stats detail ${first}` }
      : { refusal: "CLIENT_ERROR usage: stats detail on|off|dump\r\n" };
  }
  if (name !== "cachedump") return { line: `stats ${name}` };
  if (second === undefined) return { refusal: "CLIENT_ERROR bad command line\r\n" };
  const [slabClass, limit] = [between(first, 0n, lastClass), between(second, 0n, maxUint32)];
  return slabClass === null || limit === null
    ? { refusal: answer.badFormat }
    : { line: `stats cachedump ${slabClass} ${limit}` };
}

/** The number that `text` is, if it is between the two; null for anything else. */
function between(text: string, least: bigint, most: bigint): bigint | null {
  if (!number.test(text)) return null;
  const value = BigInt(text);
  return value >= least && value <= most ? value : null;
}
