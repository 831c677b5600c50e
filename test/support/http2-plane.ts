/** A client, podmate and servers that all speak HTTP/2. */
import { once } from "node:events";
import type { ServerHttp2Stream } from "node:http2";
import { type AddressInfo, createServer, type ServerOpts, type Socket } from "node:net";
import type { Address } from "../../src/core/address.ts";
import { FakeClock } from "./fake-clock.ts";
import { type HttpPlaneOptions, startHttpPlane } from "./http-plane.ts";
import {
  answerWith,
  fieldOf,
  Http2Client,
  type Http2Peer,
  type RawHeaders,
  startHttp2Peer,
} from "./http2-peers.ts";
import { expectNothingBuffered } from "./nothing-buffered.ts";
import type { Teardown } from "./teardown.ts";
import { until } from "./until.ts";

/** Codes with which streams and connections end (RFC 9113 7). */
export const code = { none: 0, internalError: 2, refusedStream: 7, cancel: 8, enhanceYourCalm: 11 } as const;

type OnStream = (stream: ServerHttp2Stream, headers: RawHeaders, peer: number) => void;

/** A data plane in front of `servers`, and a client of it. */
export async function startHttp2Plane(
  t: Teardown,
  servers: readonly Address[],
  options: HttpPlaneOptions = {},
) {
  const clock = new FakeClock();
  const plane = await startHttpPlane(t, servers, {
    ...options,
    listener: { http2: true, ...options.listener },
    http: { version: 2, ...options.http },
    clock,
  });
  expectNothingBuffered(t, plane);
  const client = await Http2Client.connect(t, plane.address);
  /** Moves time in small steps until something has happened. */
  const pass = (holds: () => boolean) =>
    until(() => {
      clock.advance(100);
      return holds();
    });
  return { clock, plane, client, pass };
}

/** The same with `count` servers, for which `onStream` answers. */
export async function startHttp2Chain(
  t: Teardown,
  onStream: OnStream,
  options: HttpPlaneOptions = {},
  count = 1,
) {
  const peers: Http2Peer[] = [];
  for (let i = 0; i < count; i++) {
    peers.push(await startHttp2Peer(t, (stream, headers) => onStream(stream, headers, i)));
  }
  const rest = await startHttp2Plane(
    t,
    peers.map(({ address }) => address),
    options,
  );
  return { ...rest, peers, peer: peers[0]! };
}

/** A server of plain TCP; `onSocket` speaks for it. */
export async function startTcp(
  t: Teardown,
  onSocket: (socket: Socket) => void,
  options: ServerOpts = {},
): Promise<Address> {
  const sockets = new Set<Socket>();
  const server = createServer(options, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    onSocket(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
}

/** Answers 200, whatever is asked. */
export function ok(stream: ServerHttp2Stream, text = "ok"): void {
  stream.resume();
  answerWith(stream, { ":status": 200 }, text);
}

/** The status of an answer; undefined without a head. */
export function status(answer: { readonly headers: RawHeaders | null }): string | undefined {
  return fieldOf(answer.headers, ":status");
}
