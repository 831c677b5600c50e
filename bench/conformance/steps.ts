import type { ClientStep, ServerReaction } from "./conformance-case.ts";
import { finals, interims, type Seen } from "./seen.ts";

/** Longest wait for what a proxy should do at once, in ms. */
const patience = 3000;
/** Wait for something that a proxy may do besides. */
const shortPatience = 500;

export const send = (text: string): ClientStep => ({ send: text });
export const endSending: ClientStep = { close: "end" };
/** Leaves as one does who has waited long enough; right behind a request, it might be waiting for the answer. */
export const leave: readonly ClientStep[] = [
  { until: () => false, limit: shortPatience },
  { close: "leave" },
];

export const until = (condition: (seen: Seen) => boolean): ClientStep => ({
  until: condition,
  limit: patience,
});

/** Until the client has that many answers, or its connection is closed. */
export const answered = (count = 1): ClientStep =>
  until((seen) => seen.closed || finals(seen).length >= count);

export const interim = until((seen) => seen.closed || interims(seen).length > 0 || finals(seen).length > 0);

/** Until the proxy has closed the client's connection; it does not count as late if it does not. */
export const closed: ClientStep = { until: (seen) => seen.closed, limit: shortPatience };

/** Sends something and waits for the answer. */
export const exchange = (text: string, count = 1): ClientStep[] => [send(text), answered(count)];

/** Sends something that ought to be refused, and waits for that and for the end of the connection. */
export const provoke = (text: string): ClientStep[] => [...exchange(text), closed];

/** A request with a Host and these fields, and what follows its head. */
export function request(line: string, fields: readonly string[] = [], rest = ""): string {
  return `${[`${line} HTTP/1.1`, "Host: app.test", ...fields].join("\r\n")}\r\n\r\n${rest}`;
}

/** An answer with these fields, and what follows its head. */
export function answer(status: string, fields: readonly string[] = [], rest = ""): string {
  return `${[`HTTP/1.1 ${status}`, ...fields].join("\r\n")}\r\n\r\n${rest}`;
}

/** Body and length. */
export const okAnswer = answer("200 OK", ["Content-Length: 2", "X-Target: {target}"], "ok");

/** Answers each request once it is complete. */
export const replies = (text: string): ServerReaction[][] => [[{ on: "message", send: text }]];

export const repliesOk: ServerReaction[][] = replies(okAnswer);

/** A request that must never be seen by the server, as it would stand in a body. */
export const smuggled = "GET /smuggled HTTP/1.1\r\nHost: app.test\r\n\r\n";

/** As one chunk and the end of a chunked body. */
export function chunk(data: string): string {
  return `${data.length.toString(16)}\r\n${data}\r\n0\r\n\r\n`;
}
