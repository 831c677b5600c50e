import type { FoundField, FoundRequest } from "./request-case.ts";

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const HEAD = new RegExp(
  `^(?:\\r\\n){0,4}(${TOKEN}) ([^\\0-\\x20\\x7f#]+) HTTP/1\\.([01])\\r\\n((?:${TOKEN}:[\\t\\x20-\\x7e\\x80-\\xff]*\\r\\n)*)\\r\\n`,
);
const HOST = String.raw`(?:(?:[-._~!$&'()*+;=A-Za-z0-9]|%[0-9A-Fa-f]{2})+|\[[0-9A-Fa-f:.]{2,}\])`;
const AUTHORITY = new RegExp(`^(${HOST})(?::([0-9]{0,5}))?$`);
const ABSOLUTE = /^https?:\/\/([^/?]*)((?:\/[^?]*)?)(?:\?(.*))?$/i;

const HOP_BY_HOP = [
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];
const KEPT = [
  "host",
  "content-length",
  "via",
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-proto",
  "x-forwarded-host",
  "x-forwarded-port",
  "x-real-ip",
];
const KNOWN = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

interface Target {
  readonly form: string;
  readonly path: string;
  readonly query: string | null;
  readonly authority: string | null;
}

/**
 * The request parser in its most obvious form: regular expressions and strings, a whole head at a time. `text` is
 * latin1. What is not a whole head, or not a valid one, is null.
 */
export function slowRequest(text: string): FoundRequest | null {
  const match = HEAD.exec(text);
  if (match === null) return null;
  const [head, method = "", targetText = "", minorText, lines = ""] = match;
  const minor = Number(minorText);
  const fields = lines.split("\r\n").slice(0, -1).map(fieldOf);
  const values = (name: string) =>
    fields.filter((field) => field.name.toLowerCase() === name).map(({ value }) => value);
  const target = slowTarget(method, targetText);
  const host = slowHost(values("host"), minor);
  const framing = slowFraming(values("transfer-encoding"), values("content-length"), minor);
  const expectations = values("expect");
  const isExpected = expectations.every((value) => value.toLowerCase() === "100-continue");
  if (target === null || host === null || framing === null || !isExpected) return null;
  if (method === "CONNECT" && framing.body !== "none") return null;
  const named = values("connection").flatMap((value) => value.toLowerCase().split(",").map(trimmed));
  const authority = target.authority ?? host;
  return {
    state: "complete",
    method,
    known: KNOWN.includes(method),
    target: targetText,
    form: target.form,
    path: target.path,
    query: target.query,
    host: authority,
    hostName: authority.replace(/:[0-9]*$/, ""),
    minor,
    fields: fields.map(({ name, value }) => ({ name, value, hop: isHop(name.toLowerCase(), named) })),
    ...framing,
    keepAlive: !named.includes("close") && (minor === 1 || named.includes("keep-alive")),
    expectContinue: minor === 1 && expectations.length > 0,
    upgrade: minor === 1 && named.includes("upgrade") && values("upgrade").length > 0,
    size: head.length,
  };
}

/** Whether `text` begins with lines that could be a request's head, whatever they mean. */
export function isWholeHead(text: string): boolean {
  return HEAD.test(text);
}

function trimmed(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, "");
}

function fieldOf(line: string): Omit<FoundField, "hop"> {
  const colon = line.indexOf(":");
  return { name: line.slice(0, colon), value: trimmed(line.slice(colon + 1)) };
}

function isHop(name: string, named: readonly string[]): boolean {
  if (HOP_BY_HOP.includes(name)) return true;
  const isOption = name === "close";
  return named.includes(name) && !KEPT.includes(name) && !isOption;
}

function isAuthority(text: string): boolean {
  const match = AUTHORITY.exec(text);
  return match !== null && Number(match[2] ?? 0) <= 65535;
}

function slowTarget(method: string, target: string): Target | null {
  if (method === "CONNECT") {
    const isValid = isAuthority(target) && /:[0-9]+$/.test(target);
    return isValid ? { form: "authority", path: "", query: null, authority: target } : null;
  }
  if (target.startsWith("/")) {
    const mark = target.indexOf("?");
    const path = mark === -1 ? target : target.slice(0, mark);
    return { form: "origin", path, query: mark === -1 ? null : target.slice(mark + 1), authority: null };
  }
  if (target === "*") {
    return method === "OPTIONS" ? { form: "asterisk", path: "*", query: null, authority: null } : null;
  }
  const [match, authority = "", path = "", query = null] = ABSOLUTE.exec(target) ?? [];
  if (match === undefined || !isAuthority(authority)) return null;
  return { form: "absolute", path, query, authority };
}

function slowHost(hosts: readonly string[], minor: number): string | null {
  if (hosts.length === 0) return minor === 0 ? "" : null;
  if (hosts.length > 1) return null;
  return hosts[0] === "" || isAuthority(hosts[0]!) ? hosts[0]! : null;
}

function slowFraming(
  encodings: readonly string[],
  lengths: readonly string[],
  minor: number,
): { body: string; length: number } | null {
  if (encodings.length > 0) {
    const isChunked = encodings.length === 1 && encodings[0]!.toLowerCase() === "chunked";
    return isChunked && lengths.length === 0 && minor === 1 ? { body: "chunked", length: 0 } : null;
  }
  if (lengths.length === 0) return { body: "none", length: 0 };
  if (lengths.length > 1 || !/^[0-9]+$/.test(lengths[0]!)) return null;
  if (BigInt(lengths[0]!) > BigInt(Number.MAX_SAFE_INTEGER)) return null;
  const length = Number(lengths[0]);
  return { body: length === 0 ? "none" : "length", length };
}
