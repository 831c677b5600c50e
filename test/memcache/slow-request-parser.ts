import { clientError } from "../../src/observe/metric-labels.ts";

/** What a request line means; the fields that do not apply have their resting value. */
export interface SlowResult {
  readonly state: "incomplete" | "request" | "rejected" | "hopeless";
  readonly answer: string;
  readonly errorKind: number;
  readonly command: string;
  readonly keys: readonly string[];
  /** The words to forward. */
  readonly forwarded: string;
  readonly length: number;
  readonly noreply: boolean;
  readonly quiet: boolean;
  readonly base64: boolean;
  readonly lineEnd: number;
}

const LINES: Record<string, RegExp> = {
  get: /^gets? /,
  gat: /^gats? [^ ]+ /,
  store: /^(set|add|replace|append|prepend)( [^ ]+){4,5}$/,
  cas: /^cas( [^ ]+){5,6}$/,
  keyed: /^((incr|decr|touch)( [^ ]+){2,3}|delete( [^ ]+){1,3})$/,
  metaStore: /^ms /,
  meta: /^(mg|md|ma|me) /,
  plain: /^(mn|version|stats|slabs|quit)( .*)?$|^flush_all( [^ ]+){0,2}$|^verbosity( [^ ]+){1,2}$/s,
};

const BAD_FORMAT = "CLIENT_ERROR bad command line format\r\n";

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
  });
  const content = result.lineEnd === 0 ? text : text.slice(0, result.lineEnd - 1);
  const longest = /^ *g(?!z)/.test(content) ? 2 ** 20 : 2 ** 11;
  if (content.length > longest) {
    const answer = "CLIENT_ERROR line too long\r\n";
    return { ...result, state: "hopeless", answer, errorKind: clientError.line_too_long };
  }
  if (result.lineEnd === 0) return { ...result, state: "incomplete" };
  if (content.includes("\0")) return reject("ERROR\r\n");

  const words = content.replace(/\r$/, "").split(" ").filter(Boolean);
  const line = words.join(" ");
  const form = Object.keys(LINES).find((name) => LINES[name]!.test(line));
  if (/^[a-z_]+$/.test(words[0] ?? "") && isCommand(words[0]!)) result.command = words[0]!;
  if (form === undefined) {
    const http = result.command === "unknown" && words.at(-1)?.startsWith("HTTP/");
    return http ? { ...result, state: "hopeless" } : reject("ERROR\r\n");
  }

  const takesNoreply =
    /^(store|cas|keyed)$/.test(form) || /^(flush_all|verbosity)( |$)|^slabs [^ ]+ /.test(line);
  if (takesNoreply && words.at(-1) === "noreply" && (form !== "keyed" || words.length > 2)) {
    result.noreply = true;
    words.pop();
  }
  if (form === "store" || form === "cas") {
    words.splice(form === "cas" ? 6 : 5);
    const [, , flags, exptime, length, unique] = words;
    const good =
      isBetween(flags, 0n, 2n ** 32n - 1n) &&
      isBetween(exptime, -(2n ** 31n), 2n ** 31n - 1n) &&
      isBetween(length, 0n, 2n ** 31n - 3n) &&
      (form === "store" || (!unique?.startsWith("-") && isBetween(unique, 0n, 2n ** 64n - 1n)));
    if (!good) return reject(BAD_FORMAT);
    result.length = Number(length);
  }
  if (form === "metaStore") {
    if (words.length > 19) return reject("CLIENT_ERROR options flags too long\r\n");
    if (!isBetween(words[2], 0n, 2n ** 31n - 3n)) return reject(BAD_FORMAT);
    result.length = Number(words[2]);
  }
  if (form.startsWith("meta")) {
    const flags = words.slice(form === "meta" ? 2 : 3);
    result.quiet = flags.some((flag) => flag.startsWith("q"));
    result.base64 = flags.some((flag) => flag.startsWith("b"));
  }
  result.forwarded = words.join(" ");
  if (form === "plain") return result;
  const first = form === "gat" ? 2 : 1;
  result.keys = form === "get" || form === "gat" ? words.slice(first) : words.slice(1, 2);
  if (result.keys.some((key) => key.length > 250)) {
    return { ...reject(BAD_FORMAT, clientError.key_too_long), keys: [] };
  }
  return result;
}

function isCommand(word: string): boolean {
  const all =
    "get gets gat gats set add replace append prepend cas incr decr touch delete mg ms md ma me mn flush_all version stats slabs verbosity quit";
  return all.split(" ").includes(word);
}

function isBetween(word: string | undefined, low: bigint, high: bigint): boolean {
  if (word === undefined || !/^[+-]?\d+$/.test(word)) return false;
  const value = BigInt(word.replace("+", ""));
  return value >= low && value <= high;
}
