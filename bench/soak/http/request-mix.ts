import type { Random } from "../random.ts";
import type { AnswerHead } from "./answer-head.ts";
import type { EchoRequest } from "./echo-exchange.ts";
import { type AnswerKind, bodyOf, longestBody, type Wish, wishQuery } from "./echo-rules.ts";

const keys = 500;
const idsPerClient = 10_000_000;
/** Longest body of a request that goes with others in one write. */
const shortBody = 64 * 1024;

/** Parts of a chunked body among which tiny chunks may be. */
const mostTiny = 300;

/** Sizes that occur, by how often in 1000, in bytes, both included. */
type Sizes = readonly (readonly [share: number, from: number, to: number])[];
const requestSizes: Sizes = [
  [150, 0, 0],
  [500, 1, 1000],
  [250, 1001, shortBody],
  [92, shortBody + 1, 512 * 1024],
  [8, 512 * 1024, longestBody],
];
const answerSizes: Sizes = [
  [80, 0, 0],
  [600, 1, 1000],
  [260, 1001, 65_536],
  [56, 65_537, 512 * 1024],
  [4, 512 * 1024, 2 * 1024 * 1024],
];

/** What a request is to be like; the rest is left to chance. */
interface Sketch {
  readonly kind: string;
  readonly method: string;
  readonly answer?: AnswerKind;
  readonly status?: number;
  readonly size?: number;
  /** Absent: without a body. */
  readonly body?: "length" | "chunked";
  readonly bodySize?: number;
  readonly fields?: string;
  readonly version?: "1.0";
  /** The client sends the body when it has been told to go on. */
  readonly waits?: boolean;
}

/** Makes the requests of one client. */
export class RequestMix {
  readonly #random: Random;
  #id: number;
  /** Cookie that this client was given. */
  #cookie = "";

  constructor(client: number, random: Random) {
    this.#random = random;
    this.#id = client * idsPerClient;
  }

  /** Another client begins. */
  forget(): void {
    this.#cookie = "";
  }

  /** A request that can go with others in one write. */
  plain(): EchoRequest {
    const random = this.#random;
    const answer = this.#answerKind();
    const share = random.below(100);
    if (share < 50) return this.#make({ kind: `GET ${answer}`, method: "GET", answer });
    if (share < 58)
      return this.#make({ kind: "HEAD", method: "HEAD", answer: random.pick(["length", "chunked"]) });
    if (share < 64) return this.#make({ kind: "OPTIONS", method: "OPTIONS", answer });
    const method = random.pick(["POST", "POST", "POST", "PUT", "PATCH", "DELETE"]);
    const body = random.pick(["length", "chunked"] as const);
    const bodySize = Math.min(this.#size(requestSizes), shortBody);
    return this.#make({ kind: `${method} ${body}`, method, answer, body, bodySize });
  }

  /** A request that goes alone, for it is long, or ends the connection, or waits for a word in the middle. */
  single(): EchoRequest {
    const random = this.#random;
    const body = random.pick(["length", "chunked"] as const);
    const share = random.below(100);
    if (share < 50) return this.plain();
    if (share < 65)
      return this.#make({ kind: `POST ${body}, long`, method: "POST", answer: this.#answerKind(), body });
    if (share < 75) {
      return this.#make({
        kind: "POST, echoed as it comes",
        method: "POST",
        answer: "echo",
        status: 200,
        body,
      });
    }
    if (share < 83) {
      return this.#make({
        kind: "POST with Expect",
        method: "POST",
        body,
        fields: "Expect: 100-continue\r\n",
        waits: true,
      });
    }
    if (share < 90) {
      return this.#make({
        kind: "GET, close",
        method: "GET",
        fields: "Connection: close\r\n",
        answer: this.#answerKind(),
      });
    }
    return this.#make({ kind: "GET HTTP/1.0", method: "GET", version: "1.0", answer: this.#answerKind() });
  }

  /** A request whose answer is long, for a client that does not read it at once. */
  longAnswer(): EchoRequest {
    const answer = this.#random.pick(["length", "chunked"] as const);
    return this.#make({ kind: "GET, read slowly", method: "GET", answer, size: 2 * 1024 * 1024 });
  }

  /** The opening of a tunnel that the server closes after `size` bytes. */
  tunnel(size: number): EchoRequest {
    const fields = "Connection: Upgrade\r\nUpgrade: soak\r\n";
    return this.#make({ kind: "tunnel", method: "GET", answer: "tunnel", fields, size });
  }

  #answerKind(): AnswerKind {
    const share = this.#random.below(100);
    if (share < 45) return "length";
    if (share < 70) return "chunked";
    if (share < 80) return "trailers";
    if (share < 87) return "close";
    if (share < 92) return "hints";
    return share < 96 ? "nothing" : "unmodified";
  }

  #make(sketch: Sketch): EchoRequest {
    const { method, answer = "length" } = sketch;
    const wish: Wish = {
      id: ++this.#id,
      answer,
      status: this.#status(sketch),
      size: sketch.size ?? this.#size(answerSizes),
    };
    const { path, key, fields, home } = this.#place();
    const target = `${path}?${wishQuery(wish)}`;
    const bodySize = sketch.body === undefined ? 0 : (sketch.bodySize ?? this.#size(requestSizes));
    const body = bodyOf(wish.id, bodySize);
    const tail = sketch.body === "chunked" && this.#random.once(3) ? `t${wish.id}` : "";
    const framed = sketch.body === "chunked" ? this.#chunks(body, tail) : [body];
    const head = [
      `${method} ${this.#form(target, sketch)} HTTP/${sketch.version ?? "1.1"}\r\nHost: soak.test\r\n`,
      fields,
      answer === "trailers" || answer === "echo" ? "TE: trailers\r\nConnection: TE\r\n" : "",
      framing(sketch, bodySize, tail),
      sketch.fields ?? "",
      "\r\n",
    ].join("");
    const bytes = sketch.waits ? [head] : [head, ...framed];
    const later = sketch.waits ? framed : [];
    return { kind: sketch.kind, method, target, bytes, later, key, body, tail, wish, home };
  }

  /** Where the request goes, by which key, and under what name that is noted. */
  #place(): { path: string; key: string; fields: string; home: (answer: AnswerHead) => string | null } {
    const share = this.#random.below(100);
    if (share < 10) return { path: "/anywhere/%2e%2e//x;y", key: "", fields: "", home: () => null };
    if (share < 25) {
      const sent = this.#cookie;
      return {
        path: "/sticky/x",
        key: "",
        fields: sent === "" ? "" : `Cookie: a=b; sid=${sent}\r\n`,
        home: ({ fields }) => {
          const given = /^sid=([^;]+)/.exec(fields.get("set-cookie") ?? "")?.[1];
          if (given !== undefined) this.#cookie = given;
          return `cookie ${given ?? sent}`;
        },
      };
    }
    const key = `key-${this.#random.below(keys)}`;
    return { path: `/keys/${key}/../a%2Fb`, key, fields: `X-Key: ${key}\r\n`, home: () => key };
  }

  #status({ answer, status, method }: Sketch): number {
    if (status !== undefined) return status;
    if (answer === "nothing") return 204;
    if (answer === "unmodified") return 304;
    return this.#random.pick(method === "GET" ? [200, 200, 203, 404] : [200, 201, 404, 500]);
  }

  /** Now and then with scheme and host, which servers do not see. */
  #form(target: string, { version }: Sketch): string {
    return version === undefined && this.#random.once(20) ? `http://soak.test${target}` : target;
  }

  #chunks(body: Buffer, tail: string): (string | Buffer)[] {
    const parts: (string | Buffer)[] = [];
    // Tiny chunks only at the beginning of a long body, or there would be a million of them.
    for (let at = 0; at < body.length; ) {
      const most = parts.length > mostTiny ? body.length : this.#random.pick([10, 1000, 100_000]);
      const size = Math.min(body.length - at, 1 + this.#random.below(most));
      const extension = this.#random.once(50) ? ";a=b" : "";
      parts.push(`${size.toString(16)}${extension}\r\n`, body.subarray(at, at + size), "\r\n");
      at += size;
    }
    parts.push(`0\r\n${tail === "" ? "" : `x-tail: ${tail}\r\n`}\r\n`);
    return parts;
  }

  #size(sizes: Sizes): number {
    let share = this.#random.below(1000);
    for (const [part, from, to] of sizes) {
      if (share < part) return from + this.#random.below(to - from + 1);
      share -= part;
    }
    return 0;
  }
}

function framing({ body }: Sketch, size: number, tail: string): string {
  if (body === "length") return `Content-Length: ${size}\r\n`;
  if (body === undefined) return "";
  return `Transfer-Encoding: chunked\r\n${tail === "" ? "" : "Trailer: x-tail\r\n"}`;
}
