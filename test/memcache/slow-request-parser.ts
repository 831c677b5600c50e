import { clientError } from "../../src/observe/metric-labels.ts";

/** What a request line means; the fields that do not apply have their resting value. */
export interface SlowResult {
  readonly state: "incomplete" | "request" | "rejected" | "hopeless";
  readonly answer: string;
  readonly errorKind: number;
  readonly command: string;
  readonly keys: readonly string[];
  /** The line that servers get, of a request with a key. */
  readonly forwarded: string;
  /** Of the value; -1 for none, or where the line is not understood. */
  readonly length: number;
  readonly noreply: boolean;
  readonly quiet: boolean;
  readonly base64: boolean;
  readonly lineEnd: number;
}

const LINES: Record<string, RegExp> = {
  get: /^gets? /,
  gat: /^gats? /,
  store: /^(set|add|replace|append|prepend)( |$)/,
  cas: /^cas( |$)/,
  delta: /^(incr|decr)( [^ ]+){2,3}$/,
  touch: /^touch( [^ ]+){2,3}$/,
  delete: /^delete( [^ ]+){1,3}$/,
  metaStore: /^ms( |$)/,
  meta: /^(mg|md|ma) /,
  debug: /^me( |$)/,
  plain: /^(mn|version|stats|slabs|quit)( .*)?$|^flush_all( [^ ]+){0,2}$|^verbosity( [^ ]+){1,2}$/s,
};

const BAD_FORMAT = "CLIENT_ERROR bad command line format\r\n";
const BAD_EXPTIME = "CLIENT_ERROR invalid exptime argument\r\n";
const INT32 = [-(2n ** 31n), 2n ** 31n - 1n] as const;
const UINT32 = [0n, 2n ** 32n - 1n] as const;
const UINT64 = [0n, 2n ** 64n - 1n] as const;
const LENGTH = [0n, 2n ** 31n - 3n] as const;

/** The request parser in its most obvious form: one string operation after the other. `text` is latin1. */
export function slowParse(text: string): SlowResult {
  const result = {
    state: "request" as SlowResult["state"],
    answer: "",
    errorKind: clientError.bad_command as number,
    command: "unknown",
    keys: [] as string[],
    forwarded: "",
    length: -1,
    noreply: false,
    quiet: false,
    base64: false,
    lineEnd: text.indexOf("\n") + 1,
  };
  const reject = (answer: string, errorKind: number = clientError.bad_command): SlowResult => ({
    ...result,
    state: "rejected",
    answer: result.noreply ? "" : answer,
    errorKind,
    keys: [],
  });
  /** A value may follow, and nobody knows how long it is. */
  const giveUp = (answer: string): SlowResult => ({ ...reject(answer), state: "hopeless" });
  const tooLong = (key: string) => key.length > 250;

  const content = result.lineEnd === 0 ? text : text.slice(0, result.lineEnd - 1);
  const longest = /^ {0,100}(get|gat)s? /.test(content) ? 2 ** 20 : 2 ** 11;
  if (content.length > longest) {
    const answer = "CLIENT_ERROR line too long\r\n";
    return { ...result, state: "hopeless", answer, errorKind: clientError.line_too_long };
  }
  if (result.lineEnd === 0) return { ...result, state: "incomplete" };

  const words = content.replace(/\r$/, "").split(" ").filter(Boolean);
  const broken = words.some((word) => /[\0\r]/.test(word));
  const line = words.join(" ");
  if (isCommand(words[0] ?? "")) result.command = words[0]!;
  const form = Object.keys(LINES).find((name) => LINES[name]!.test(line));
  const hasValue = form === "store" || form === "cas" || form === "metaStore";
  if (broken) return hasValue ? giveUp("ERROR\r\n") : reject("ERROR\r\n");
  if (form === undefined) {
    const http = result.command === "unknown" && words.at(-1)?.startsWith("HTTP/");
    return http ? { ...result, state: "hopeless" } : reject("ERROR\r\n");
  }

  const takeNoreply = () => {
    if (words.at(-1) !== "noreply") return;
    result.noreply = true;
    words.pop();
  };
  /** Puts the number at `i` into the form that servers get; false if it is none. */
  const tidy = (i: number, [low, high]: readonly [bigint, bigint]): boolean => {
    const word = words[i] ?? "";
    if (!/^[+-]?\d+$/.test(word) || (high === UINT64[1] && word.startsWith("-"))) return false;
    const value = BigInt(word);
    words[i] = String(value);
    return value >= low && value <= high;
  };
  const understood = (keys: string[]): SlowResult => {
    if (keys.some(tooLong)) return reject(BAD_FORMAT, clientError.key_too_long);
    return { ...result, keys, forwarded: words.join(" ") };
  };

  switch (form) {
    case "plain":
      if (/^(flush_all|verbosity)( |$)|^slabs [^ ]+ /.test(line)) takeNoreply();
      return result;
    case "get":
      return understood(words.slice(1));
    case "gat":
      return tidy(1, INT32) ? understood(words.slice(2)) : reject(BAD_EXPTIME);
    case "store":
    case "cas": {
      const required = form === "cas" ? 6 : 5;
      const counted = words.length === required || words.length === required + 1;
      if (words.length < 5) return giveUp("ERROR\r\n");
      const [last] = words.slice(-1);
      if (counted) takeNoreply();
      if (words.length < required) words.push(last!);
      if (!tidy(4, LENGTH)) return isNumber(words[4]!) ? reject(BAD_FORMAT) : giveUp(BAD_FORMAT);
      result.length = Number(words[4]);
      if (!counted) return reject("ERROR\r\n");
      words.splice(required);
      if (!tidy(2, UINT32) || !tidy(3, INT32)) return reject(BAD_FORMAT);
      if (form === "cas" && !tidy(5, UINT64)) return reject(BAD_FORMAT);
      return understood([words[1]!]);
    }
    case "delta":
    case "touch": {
      result.noreply = words.at(-1) === "noreply";
      words.splice(3);
      if (tooLong(words[1]!)) return reject(BAD_FORMAT, clientError.key_too_long);
      if (form === "touch") return tidy(2, INT32) ? understood([words[1]!]) : reject(BAD_EXPTIME);
      const badDelta = "CLIENT_ERROR invalid numeric delta argument\r\n";
      return tidy(2, UINT64) ? understood([words[1]!]) : reject(badDelta);
    }
    case "delete": {
      if (words.length > 2) takeNoreply();
      const usage = `${BAD_FORMAT.slice(0, -2)}.  Usage: delete <key> [noreply]\r\n`;
      if (words.length > 2 && words.slice(2).join(" ") !== "0") return reject(usage);
      words.splice(2);
      if (words[1] === "noreply") words.push("0");
      return understood([words[1]!]);
    }
    case "debug":
      if (words.length < 2 || words[2]?.startsWith("b")) return reject(BAD_FORMAT);
      words.splice(2);
      return understood([words[1]!]);
    default: {
      if (form === "metaStore") {
        if (words.length < 2) return giveUp("ERROR\r\n");
        if (!tidy(2, LENGTH)) return isNumber(words[2] ?? "") ? reject(BAD_FORMAT) : giveUp(BAD_FORMAT);
        result.length = Number(words[2]);
      }
      if (tooLong(words[1]!)) return reject(BAD_FORMAT, clientError.key_too_long);
      const problem = metaProblem(words, form === "metaStore" ? 3 : 2);
      if (problem !== "") return reject(problem);
      const flags = words.slice(form === "metaStore" ? 3 : 2);
      result.quiet = flags.includes("q");
      result.base64 = flags.includes("b");
      return understood([words[1]!]);
    }
  }
}

/** What is said to the flags of a meta command, or nothing; puts them into the form that servers get. */
function metaProblem(words: string[], first: number): string {
  const [name, key = ""] = words;
  const vague = name === "md" || name === "ma" ? "CLIENT_ERROR invalid or duplicate flag\r\n" : "";
  if (words.length > 19) return `CLIENT_ERROR options flags ${name === "mg" ? "are " : ""}too long\r\n`;
  const strict = key !== "" && Buffer.from(key, "base64").toString("base64") === key;
  const seen = new Set<string>();
  const badToken = "CLIENT_ERROR bad token in command line format\r\n";
  let last = "";
  for (let i = first; i < words.length; i++) {
    const [letter = ""] = words[i]!;
    const rest = words[i]!.slice(1);
    const number = /^[+-]?\d+$/.test(rest) ? BigInt(rest) : null;
    const within = ([low, high]: readonly [bigint, bigint]) =>
      number !== null && number >= low && number <= high && !(high === UINT64[1] && rest.startsWith("-"));
    const known = /[bcfhklqstuvxITNRFCEDJMO]/.test(letter);
    if (!/[A-Za-z]/.test(letter)) return vague || "CLIENT_ERROR invalid flag\r\n";
    if (seen.has(letter)) return vague || "CLIENT_ERROR duplicate flag\r\n";
    if (!known && rest.length > 31) return vague || "CLIENT_ERROR invalid flag\r\n";
    seen.add(letter);
    if ("bcfhklqstuvxI".includes(letter)) words[i] = letter;
    if ("TNRFCEDJ".includes(letter)) words[i] = `${letter}${number}`;
    if (letter === "b" && !strict) last = "CLIENT_ERROR error decoding key\r\n";
    if ("TNR".includes(letter) && !within(INT32)) last = badToken;
    if ("CE".includes(letter) && !within(UINT64)) last = badToken;
    if (letter === "F" && !within(UINT32)) last ||= BAD_FORMAT;
    if (letter === "D" && !within(UINT64)) last = "CLIENT_ERROR invalid numeric delta value\r\n";
    if (letter === "J" && !within(UINT64)) last = "CLIENT_ERROR invalid numeric initial value\r\n";
    if (letter === "M" && rest.length !== 1) last = "CLIENT_ERROR incorrect length for M token\r\n";
    if (letter === "O" && rest.length > 31) last ||= "CLIENT_ERROR opaque token too long\r\n";
  }
  return last.includes("opaque") ? last : last && (vague || last);
}

/** Whether `word` is a number that is not absurd. */
function isNumber(word: string): boolean {
  return /^[+-]?0*\d{1,15}$/.test(word);
}

function isCommand(word: string): boolean {
  const all =
    "get gets gat gats set add replace append prepend cas incr decr touch delete mg ms md ma me mn flush_all version stats slabs verbosity quit";
  return all.split(" ").includes(word);
}
