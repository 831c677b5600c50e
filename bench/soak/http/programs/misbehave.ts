import type { IncomingMessage, ServerResponse } from "node:http";
import type { ServerMode } from "../server-modes.ts";

/** Answers that no client may get to see, whichever way they are wrong. */
const babble: readonly string[] = [
  "\x00\x01\x02 this is no HTTP\r\n\r\n",
  "HTTP/1.1 2OO OK\r\n\r\n",
  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nwrong!",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
  "HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nwrong",
  `HTTP/1.1 200 OK\r\nx-long: ${"x".repeat(200_000)}\r\n\r\n`,
];
const stray = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nx-server: nobody\r\n\r\nwrong";
/** Time for an answer to reach the other side before the connection is closed on what is still unread, in ms. */
const lingerMs = 50;

let turn = 0;

/**
 * Serves a request wrongly, as the mode says; false if there is nothing to do wrong about this one. `onWhole` is called
 * when all of the request has come, which may have its effect then.
 */
export function misbehave(
  mode: ServerMode,
  request: IncomingMessage,
  response: ServerResponse,
  identity: Readonly<Record<string, string>>,
  onWhole: () => void,
): boolean {
  const { socket } = request;
  const whole = (then: () => void): void => {
    request.resume().on("end", () => {
      onWhole();
      then();
    });
  };
  const raw = (text: string): void => {
    // Not through the response, which would make it valid.
    response.detachSocket(socket);
    socket.on("error", () => undefined);
    socket.write(text, "latin1");
  };
  const lines = Object.entries(identity).map(([name, value]) => `${name}: ${value}\r\n`);
  switch (mode) {
    case "unavailable":
      whole(() => {
        response.writeHead(503, { ...identity, "content-length": 4 }).end("busy");
      });
      return true;
    case "cutting":
      if (request.method === "HEAD") return false;
      whole(() => {
        const chunked = turn++ % 2 === 0;
        raw(
          `HTTP/1.1 200 OK\r\n${lines.join("")}x-cut: yes\r\n${chunked ? "Transfer-Encoding: chunked" : "Content-Length: 90000"}\r\n\r\n`,
        );
        socket.write(chunked ? "a\r\nhalf of it\r\n" : "half of it");
        socket.end();
      });
      return true;
    case "babbling":
      whole(() => {
        raw(babble[turn++ % babble.length]!);
        socket.end();
      });
      return true;
    case "talkative":
      whole(() => {
        const body = request.method === "HEAD" ? "" : "busy";
        // In one write, so that podmate has it all before it gives the connection to another request.
        raw(`HTTP/1.1 503 Busy\r\n${lines.join("")}Content-Length: 4\r\n\r\n${body}${stray}`);
        setTimeout(() => socket.end(), lingerMs);
      });
      return true;
    case "resetting":
      // Before it has read the request, or after it has done what was asked.
      if (turn++ % 2 === 0) socket.resetAndDestroy();
      else whole(() => socket.resetAndDestroy());
      return true;
    case "hasty":
      if (request.method === "GET" || request.method === "HEAD") return false;
      response.writeHead(503, { ...identity, connection: "close", "content-length": 4 }).end("busy");
      setTimeout(() => socket.destroy(), lingerMs);
      return true;
    default:
      return false;
  }
}
