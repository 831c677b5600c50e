import { createHash, type Hash } from "node:crypto";
import { bytePattern } from "../byte-pattern.ts";

/** Longest body, in bytes. */
export const longestBody = 5 * 1024 * 1024;

const patternStarts = 65_536;
/** Bytes of every body, with messages of HTTP among them. */
const pattern = bytePattern(
  patternStarts + longestBody,
  "\r\n0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\nx-server: nobody\r\n\r\nwrong",
);

/** What a client wishes for in its request's query, and all servers of a soak do. */
export interface Wish {
  readonly id: number;
  readonly answer: AnswerKind;
  readonly status: number;
  /** Bytes of the answer's body; with `echo` and `tunnel`, the request says what comes back. */
  readonly size: number;
}

export const answerKinds = [
  "length",
  "chunked",
  "trailers",
  "close",
  "hints",
  "nothing",
  "unmodified",
  "echo",
  "tunnel",
] as const;
export type AnswerKind = (typeof answerKinds)[number];

export function wishQuery({ id, answer, status, size }: Wish): string {
  return `id=${id}&answer=${answer}&status=${status}&size=${size}`;
}

/** Reads what `wishQuery` has put behind the target's `?`. */
export function readWish(target: string): Wish {
  const query = new URLSearchParams(target.slice(target.indexOf("?") + 1));
  const answer = answerKinds.find((kind) => kind === query.get("answer")) ?? "length";
  const number = (name: string): number => Number(query.get(name) ?? "0");
  return { id: number("id"), answer, status: number("status") || 200, size: number("size") };
}

/** The body that belongs to a number: as many bytes of the pattern, from where the number says. */
export function bodyOf(seed: number, size: number): Buffer {
  const start = seed % patternStarts;
  return pattern.subarray(start, start + size);
}

/** The body of an answer follows from the digest of its request. */
export function answerBody(digest: string, size: number): Buffer {
  return bodyOf(Number.parseInt(digest.slice(0, 8), 16), size);
}

/** The digest of a request, to be fed with its body and with its trailer. */
export function requestDigest(method: string, target: string, key: string): Hash {
  return createHash("sha1").update(`${method} ${target}\n${key}\n`);
}

/** What the trailer adds; it tells where a body ends, too. */
export function endDigest(hash: Hash, tail: string): string {
  return hash.update(`\n${tail}`).digest("hex");
}
