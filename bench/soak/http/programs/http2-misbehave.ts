import { constants, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import type { ServerMode } from "../server-modes.ts";

const { NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } = constants;

/** Answers of 1xx, each longer than 1 KB: more than podmate takes. */
const interims = 200;
/** The highest number of a stream (RFC 9113 6.8): no word about what is not done. */
const lastStream = 2 ** 31 - 1;

let turn = 0;

/** The same as `misbehave` for a server that speaks HTTP/2: each mode in the ways that HTTP/2 has for it. */
export function misbehaveHttp2(
  mode: ServerMode,
  request: Http2ServerRequest,
  response: Http2ServerResponse,
  identity: Readonly<Record<string, string>>,
  onWhole: () => void,
): boolean {
  const { stream } = request;
  const whole = (then: () => void): void => {
    request.resume().on("end", () => {
      onWhole();
      if (!stream.destroyed) then();
    });
  };
  const busy = (): void => {
    response.writeHead(503, { ...identity, "content-length": 4 });
    response.end("busy");
  };
  switch (mode) {
    case "unavailable":
      whole(busy);
      return true;
    case "cutting":
      if (request.method === "HEAD") return false;
      whole(() => {
        const long = turn++ % 2 === 0;
        stream.respond({
          ":status": 200,
          ...identity,
          "x-cut": "yes",
          ...(long && { "content-length": 90_000 }),
        });
        // Closed with NO_ERROR it ends in good form, and only its length tells that something is missing.
        stream.write("half of it", () => {
          if (long) stream.close(NGHTTP2_NO_ERROR);
          else stream.destroy(new Error("cut"));
        });
      });
      return true;
    case "babbling":
      // An answer to HEAD ends with its head, whatever follows.
      if (request.method === "HEAD") return false;
      whole(() => {
        if (turn++ % 2 === 0) {
          stream.respond({ ":status": 200, ...identity, "x-cut": "yes", "content-length": "5" });
          stream.end("wrong!");
        } else {
          for (let i = 0; i < interims; i++) {
            stream.additionalHeaders({ ":status": 103, ...identity, "x-long": "x".repeat(1_000) });
          }
        }
      });
      return true;
    case "talkative":
      // It says good-bye again and again, and goes on.
      whole(() => {
        stream.session?.goaway(NGHTTP2_NO_ERROR, lastStream);
        busy();
      });
      return true;
    case "resetting":
      // Before it has read the request, after it has done what was asked, or with all that is under way.
      if (turn % 3 === 0) stream.close(NGHTTP2_REFUSED_STREAM);
      else if (turn % 3 === 1) whole(() => stream.close(NGHTTP2_INTERNAL_ERROR));
      else whole(() => stream.session?.destroy());
      turn++;
      return true;
    case "hasty":
      if (request.method === "GET" || request.method === "HEAD") return false;
      busy();
      return true;
    default:
      return false;
  }
}
