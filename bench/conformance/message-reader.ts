import { type Field, type HttpMessage, statusOf, valuesOf } from "./http-message.ts";

/** What is read next. */
type Part = "head" | "length" | "chunk-size" | "chunk" | "trailers" | "close" | "tunnel";

/**
 * Reads HTTP/1 messages as leniently as the most forgiving of servers: a lone LF ends a line, white space before a
 * colon is ignored, Transfer-Encoding wins over Content-Length, and a number is what its first digits say. So a message
 * that a proxy takes for one is read as two wherever some real server would.
 */
export class MessageReader {
  /** In the order of their arrival; the last one may be incomplete. */
  readonly messages: HttpMessage[] = [];
  /** What came after the switch to another protocol. */
  tunnel = "";
  readonly #kind: "request" | "answer";
  /** Whether the answer to the n-th request has no body whatever it says. */
  readonly #bodiless: (answer: number) => boolean;
  #part: Part = "head";
  #text = "";
  /** Bytes of the body or chunk still to come. */
  #left = 0;
  #finals = 0;

  constructor(kind: "request" | "answer", bodiless: (answer: number) => boolean = () => false) {
    this.#kind = kind;
    this.#bodiless = bodiless;
  }

  /** The message that is being read. */
  get current(): HttpMessage | undefined {
    const last = this.messages.at(-1);
    return last?.complete === false ? last : undefined;
  }

  push(text: string): void {
    this.#text += text;
    while (this.#step()) {
      // Each step takes a part off the text.
    }
  }

  /** The peer has closed: a body that ends so is complete. */
  end(): void {
    const { current } = this;
    if (current?.framing === "close") current.complete = true;
  }

  /** From here on, nothing is a message any more. */
  becomeTunnel(): void {
    this.#part = "tunnel";
    this.tunnel += this.#text;
    this.#text = "";
  }

  #step(): boolean {
    if (this.#text === "") return false;
    switch (this.#part) {
      case "head":
        return this.#readHead();
      case "length":
      case "chunk":
        return this.#readBody();
      case "chunk-size":
        return this.#readChunkSize();
      case "trailers":
        return this.#readTrailers();
      case "close":
        this.messages.at(-1)!.body += this.#take(this.#text.length);
        return false;
      case "tunnel":
        this.tunnel += this.#take(this.#text.length);
        return false;
    }
  }

  #readHead(): boolean {
    // Empty lines in front of a message are no part of it (RFC 9112 2.2).
    const skipped = /^[\r\n]+/.exec(this.#text)?.[0].length ?? 0;
    this.#take(skipped);
    const end = /\r?\n\r?\n/.exec(this.#text);
    if (end === null) return false;
    const [startLine = "", ...lines] = this.#take(end.index + end[0].length)
      .trimEnd()
      .split(/\r?\n/);
    const message = this.#begin(startLine, fieldsOf(lines));
    this.messages.push(message);
    return true;
  }

  #begin(startLine: string, fields: readonly Field[]): HttpMessage {
    const head: HttpMessage = {
      startLine,
      fields,
      body: "",
      trailers: [],
      complete: false,
      framing: "none",
    };
    const framing = this.#framing(head);
    const complete = framing === "none" || (framing === "length" && this.#left === 0);
    if (complete) this.#part = statusOf(head) === 101 ? "tunnel" : "head";
    else this.#part = framing === "chunked" ? "chunk-size" : framing;
    return { ...head, framing, complete };
  }

  #framing(head: HttpMessage): "none" | "length" | "chunked" | "close" {
    if (this.#kind === "answer") {
      const status = statusOf(head);
      if (status < 200) return "none";
      const number = this.#finals++;
      if (status === 204 || status === 304 || this.#bodiless(number)) return "none";
    }
    if (valuesOf(head, "transfer-encoding").join().toLowerCase().includes("chunked")) return "chunked";
    const [length] = valuesOf(head, "content-length");
    if (length !== undefined) {
      this.#left = Number.parseInt(length, 10) || 0;
      return "length";
    }
    return this.#kind === "answer" ? "close" : "none";
  }

  #readBody(): boolean {
    const data = this.#take(Math.min(this.#left, this.#text.length));
    const message = this.messages.at(-1)!;
    message.body += data;
    this.#left -= data.length;
    if (this.#left > 0) return false;
    if (this.#part === "length") {
      message.complete = true;
      this.#part = "head";
    } else {
      this.#part = "chunk-size";
    }
    return true;
  }

  #readChunkSize(): boolean {
    const line = this.#takeLine();
    if (line === null) return false;
    // The line end behind a chunk's data is an empty one here.
    if (line === "") return true;
    this.#left = Number.parseInt(line, 16) || 0;
    this.#part = this.#left === 0 ? "trailers" : "chunk";
    return true;
  }

  #readTrailers(): boolean {
    const line = this.#takeLine();
    if (line === null) return false;
    const message = this.messages.at(-1)!;
    if (line === "") {
      message.complete = true;
      this.#part = "head";
    } else {
      message.trailers = [...message.trailers, ...fieldsOf([line])];
    }
    return true;
  }

  #takeLine(): string | null {
    const end = this.#text.indexOf("\n");
    return end < 0 ? null : this.#take(end + 1).replace(/\r?\n$/, "");
  }

  #take(length: number): string {
    const taken = this.#text.slice(0, length);
    this.#text = this.#text.slice(length);
    return taken;
  }
}

function fieldsOf(lines: readonly string[]): Field[] {
  return lines.map((line) => {
    const colon = line.indexOf(":");
    return colon < 0 ? [line, ""] : [line.slice(0, colon).trimEnd(), line.slice(colon + 1).trim()];
  });
}
