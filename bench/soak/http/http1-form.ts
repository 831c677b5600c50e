import { EventEmitter } from "node:events";
import type { ClientHttp2Stream, OutgoingHttpHeaders } from "node:http2";
import { EndOfMessage } from "../../../src/upstream/http2/end-of-message.ts";
import type { Sent } from "./http-exchange.ts";

/** Fields that HTTP/2 has no place for. */
const ofOneConnection: ReadonlySet<string> = new Set(["connection", "host", "transfer-encoding"]);

/** The head of a request, written for HTTP/1, as HTTP/2 has it. Servers see the same of both. */
export function http2Head({ method, bytes }: Sent): OutgoingHttpHeaders {
  const [line = "", ...lines] = String(bytes[0]).split("\r\n");
  const path = (line.split(" ")[1] ?? "").replace(/^http:\/\/[^/]*/, "");
  const head: OutgoingHttpHeaders = { ":method": method, ":path": path, ":authority": "soak.test" };
  for (const field of lines) {
    const colon = field.indexOf(":");
    const name = field.slice(0, colon).toLowerCase();
    if (colon > 0 && !ofOneConnection.has(name)) head[name] = field.slice(colon + 1).trim();
  }
  return head;
}

/** What comes on a stream, in the form of HTTP/1.1, so that whoever checks answers reads those of both versions alike. */
export class AnswerSource extends EventEmitter {
  readonly #end: EndOfMessage;
  #chunked = false;
  #trailers: readonly string[] = [];

  constructor(stream: ClientHttp2Stream, bodiless: boolean) {
    super();
    this.#end = new EndOfMessage(stream);
    stream.on("headers", (_, __, raw) => this.#takeHead(raw as unknown as string[], true));
    stream.on("response", (_, __, raw) => this.#takeHead(raw as unknown as string[], bodiless));
    stream.on("data", (bytes: Buffer) => this.#takeContent(bytes));
    stream.on("trailers", (_, __, raw) => {
      this.#trailers = raw as unknown as string[];
    });
    stream.on("end", () => {
      if (this.#chunked && this.#end.hasCome) this.#say(`0\r\n${fieldLines(this.#trailers)}\r\n`);
    });
    stream.on("error", (error) => this.emit("error", error));
    stream.on("close", () => this.emit("close"));
  }

  #takeHead(raw: readonly string[], bodiless: boolean): void {
    const status = raw[raw.indexOf(":status") + 1] ?? "";
    const none = bodiless || status === "204" || status === "304";
    this.#chunked = !none && !raw.includes("content-length");
    const framing = this.#chunked ? "transfer-encoding: chunked\r\n" : "";
    this.#say(`HTTP/1.1 ${status} \r\n${fieldLines(raw)}${framing}\r\n`);
  }

  #takeContent(bytes: Buffer): void {
    if (this.#chunked) this.#say(`${bytes.length.toString(16)}\r\n`);
    this.emit("data", bytes);
    if (this.#chunked) this.#say("\r\n");
  }

  #say(text: string): void {
    this.emit("data", Buffer.from(text, "latin1"));
  }
}

function fieldLines(raw: readonly string[]): string {
  let lines = "";
  for (let at = 0; at + 1 < raw.length; at += 2) {
    if (!raw[at]!.startsWith(":")) lines += `${raw[at]}: ${raw[at + 1]}\r\n`;
  }
  return lines;
}
