import { once } from "node:events";
import type { SecureServerOptions } from "node:http2";
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type ClientSessionOptions,
  connect,
  createSecureServer,
  createServer,
  type OutgoingHttpHeaders,
  type SecureClientSessionOptions,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type ServerOptions,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { type Address, formatAddress } from "../../src/core/address.ts";
import type { Teardown } from "./teardown.ts";

/** Names and values in turn, as they came. */
export type RawHeaders = readonly string[];

/** A request as a server has got it. */
export interface Http2Call {
  readonly stream: ServerHttp2Stream;
  readonly session: ServerHttp2Session;
  /** With pseudo-fields; several values of one name in their order. */
  readonly headers: RawHeaders;
  readonly body: Buffer;
  readonly trailers: RawHeaders;
}

/** A server that speaks HTTP/2, and keeps what it has seen. */
export interface Http2Peer {
  readonly address: Address;
  readonly sessions: Set<ServerHttp2Session>;
  /** Streams in the order in which they came. */
  readonly streams: ServerHttp2Stream[];
}

/** Serves with `onStream`; with `tls`, by ALPN. */
export async function startHttp2Peer(
  t: Teardown,
  onStream: (stream: ServerHttp2Stream, headers: RawHeaders) => void,
  options: ServerOptions & { readonly tls?: SecureServerOptions } = {},
): Promise<Http2Peer> {
  const { tls, ...plain } = options;
  const server = tls === undefined ? createServer(plain) : createSecureServer({ ...plain, ...tls });
  const sessions = new Set<ServerHttp2Session>();
  const streams: ServerHttp2Stream[] = [];
  server.on("session", (session) => {
    sessions.add(session);
    session.on("error", () => {});
    session.on("close", () => sessions.delete(session));
  });
  server.on("sessionError", () => {});
  server.on("stream", (stream: ServerHttp2Stream, _, __, raw) => {
    streams.push(stream);
    stream.on("error", () => {});
    onStream(stream, raw as unknown as string[]);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(async () => {
    for (const session of sessions) session.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { address: { host: "127.0.0.1", port: (server.address() as AddressInfo).port }, sessions, streams };
}

/** Hands each request to `answer` when it has come to its end. */
export function whole(answer: (call: Http2Call) => void) {
  return (stream: ServerHttp2Stream, headers: RawHeaders): void => {
    const parts: Buffer[] = [];
    let trailers: RawHeaders = [];
    const session = stream.session as ServerHttp2Session;
    stream.on("data", (part: Buffer) => parts.push(part));
    stream.on("trailers", (_, __, raw) => {
      trailers = raw as unknown as string[];
    });
    stream.on("end", () => {
      if (!stream.destroyed) answer({ stream, session, headers, body: Buffer.concat(parts), trailers });
    });
  };
}

/** Answers with head, content and trailers. */
export function answerWith(
  stream: ServerHttp2Stream,
  headers: OutgoingHttpHeaders,
  body: Buffer | string = "",
  trailers?: OutgoingHttpHeaders,
): void {
  stream.respond(headers, { waitForTrailers: trailers !== undefined });
  if (trailers !== undefined) stream.on("wantTrailers", () => stream.sendTrailers(trailers));
  stream.end(body);
}

/** What a client has got for a request. */
export interface Http2Answer {
  readonly interim: RawHeaders[];
  /** null: there was no head. */
  readonly headers: RawHeaders | null;
  readonly body: Buffer;
  readonly trailers: RawHeaders | null;
  /** Code with which the stream ended; 0 where nothing went wrong. */
  readonly code: number;
}

/** A client that speaks HTTP/2. */
export class Http2Client {
  readonly session: ClientHttp2Session;
  /** Code and last stream of each GOAWAY. */
  readonly goaways: (readonly [code: number, lastStream: number])[] = [];

  private constructor(session: ClientHttp2Session) {
    this.session = session;
    session.on("error", () => {});
    session.on("goaway", (code, lastStream) => this.goaways.push([code, lastStream]));
  }

  static async connect(
    t: Teardown,
    address: Address,
    { tls, ...options }: ClientSessionOptions & { readonly tls?: SecureClientSessionOptions } = {},
  ): Promise<Http2Client> {
    const scheme = tls === undefined ? "http" : "https";
    const client = new Http2Client(connect(`${scheme}://${formatAddress(address)}`, { ...options, ...tls }));
    t.teardown(() => client.session.destroy());
    await once(client.session, "connect");
    return client;
  }

  /** Begins a request whose body, unless `endStream` is true, is written by the test. */
  open(headers: OutgoingHttpHeaders, { endStream = false } = {}): ClientHttp2Stream {
    const stream = this.session.request(headers, { endStream, waitForTrailers: !endStream });
    stream.on("error", () => {});
    return stream;
  }

  /** Sends a whole request; resolves when the stream has ended, in whatever way. */
  ask(
    headers: OutgoingHttpHeaders,
    body?: Buffer | string,
    trailers: OutgoingHttpHeaders = {},
  ): Promise<Http2Answer> {
    const stream = this.open(headers, { endStream: body === undefined });
    stream.on("wantTrailers", () => stream.sendTrailers(trailers));
    const answer = answerOf(stream);
    if (body !== undefined) stream.end(body);
    return answer;
  }
}

/** Resolves when the stream has ended. */
export function answerOf(stream: ClientHttp2Stream): Promise<Http2Answer> {
  const parts: Buffer[] = [];
  const interim: RawHeaders[] = [];
  let headers: RawHeaders | null = null;
  let trailers: RawHeaders | null = null;
  stream.on("headers", (_, __, raw) => interim.push(raw as unknown as string[]));
  stream.on("response", (_, __, raw) => {
    headers = raw as unknown as string[];
  });
  stream.on("trailers", (_, __, raw) => {
    trailers = raw as unknown as string[];
  });
  stream.on("data", (part: Buffer) => parts.push(part));
  return new Promise((resolve) => {
    stream.on("close", () =>
      resolve({ interim, headers, body: Buffer.concat(parts), trailers, code: stream.rstCode ?? 0 }),
    );
  });
}

/** All values of a field, in their order. */
export function fieldsOf(headers: RawHeaders | null, name: string): string[] {
  return (headers ?? []).filter((_, i, all) => i % 2 === 1 && all[i - 1] === name);
}

/** The value of a field of which there is one; undefined without it. */
export function fieldOf(headers: RawHeaders | null, name: string): string | undefined {
  return fieldsOf(headers, name)[0];
}
