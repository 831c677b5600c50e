import { get, request } from "./http-messages.ts";
import { data, fields, flag, frame, frameType, goaway, resetStream, setting } from "./http2-frames.ts";
import type { RawHttp2Server } from "./http2-raw.ts";
import type { Scenarios, World } from "./outcome-rows.ts";
import { until } from "./until.ts";

type H2 = World<RawHttp2Server>;

const head = (stream: number) =>
  frame(frameType.headers, flag.endHeaders, stream, fields([":status", "200"]));

/** An answer that is complete. */
export const answer = (stream: number) => [head(stream), data(stream, "ok", true)];

/** The client asks, and the server says these frames for the request's stream. */
const answered = (frames: (stream: number) => readonly Buffer[]) => async (world: H2) => {
  const { client, servers, ask } = world;
  servers[0]!.answer = (stream) => {
    world.heal();
    return frames(stream);
  };
  await client.send(ask);
};

/** SETTINGS_MAX_HEADER_LIST_SIZE (RFC 9113 6.5.2). */
const maxHeaderListSize = 6;
const enhanceYourCalm = 11;

function headsOn(server: RawHttp2Server): number {
  return server.frames(0).filter(({ type }) => type === frameType.headers).length;
}

/** The rows of the table of outcomes that only HTTP/2 has, and `handshake`. */
export const http2Outcomes: Scenarios<RawHttp2Server> = {
  handshake: {
    happens: async ({ client, servers, ask, heal }) => {
      servers[0]!.greet = (socket) => {
        heal();
        socket.destroy();
      };
      await client.send(ask);
    },
  },
  // With one server only, it is asked once more.
  unprocessed: { sees: "answer", happens: answered((stream) => [resetStream(stream, 7)]) },
  streamReset: { happens: answered((stream) => [resetStream(stream, 2)]) },
  streamFault: { happens: answered((stream) => [resetStream(stream, 1)]) },
  truncatedShared: {
    sees: "cut off",
    happens: async (world) => {
      await answered((stream) => [head(stream), data(stream, "o")])(world);
      await world.client.readUntil("o\r\n");
      world.servers[0]!.sockets[0]!.end(goaway(3, enhanceYourCalm));
    },
  },
  sharedLost: {
    ask: request("POST", "/", "Content-Length: 0"),
    repeated: get(),
    happens: async (world) => {
      const { client, servers, ask, heal } = world;
      await client.send(ask);
      await until(() => servers[0]!.sockets.length === 1 && headsOn(servers[0]!) === 1);
      heal();
      // A stream of somebody else's was the last one.
      servers[0]!.sockets[0]!.end(goaway(3, enhanceYourCalm));
    },
  },
  sharedFault: {
    happens: async (world) => {
      const { client, servers, ask, heal } = world;
      servers[0]!.answer = () => [];
      await client.send(ask);
      await until(() => servers[0]!.sockets.length === 1 && headsOn(servers[0]!) === 1);
      heal();
      servers[0]!.sockets[0]!.end(goaway(1, enhanceYourCalm));
    },
  },
  headTooLarge: {
    before: async ({ client, servers }) => {
      for (const server of servers) server.settings = [setting(maxHeaderListSize, 300)];
      servers[0]!.answer = answer;
      await client.send(get("/small"));
      await client.readUntil("0\r\n\r\n");
      // Of two, it is the turn of the other, and then of the first again.
      if (servers[1] !== undefined) {
        servers[1].answer = answer;
        await client.send(get("/small"));
        await client.readUntil("0\r\n\r\n");
      }
    },
    ask: get("/", `X-Large: ${"x".repeat(200)}`),
    happens: async ({ client, ask }) => await client.send(ask),
  },
};
