import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttp2Server, Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import type { Socket } from "node:net";
import { answerBody, endDigest, readWish, requestDigest, type Wish } from "../echo-rules.ts";
import type { FromServer, ServerMode, ToServer } from "../server-modes.ts";
import { misbehaveHttp2 } from "./http2-misbehave.ts";
import { misbehave } from "./misbehave.ts";

type Request = IncomingMessage | Http2ServerRequest;
// A server of the soak of HTTP, in version 1.1 or 2: it answers every request with the request's digest and the body that follows from it.

/** One of so many requests is served wrongly, unless all is well. */
const wrongOneOf = 3;
const reportMs = 200;
const piece = 20_000;

const [port, name = "", version = "1"] = process.argv.slice(2);
let mode: ServerMode = "well";
let served = 0;
let posts: number[] = [];

const server =
  version === "2"
    ? // What it answers by has the same methods.
      createHttp2Server((request, response) => serve(request, response as unknown as ServerResponse))
    : createServer({ requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 30_000 }, serve);
server.on("checkContinue", (request: Request, response: ServerResponse) => {
  // Who is hasty answers while the client still waits for leave to send.
  if (mode === "hasty" && goesWrong(request, response)) return;
  response.writeContinue();
  if (mode === "hasty") answer(request, response);
  else serve(request, response);
});
server.on("upgrade", tunnel);
server.listen({ port: Number(port), host: "127.0.0.1", backlog: 1024 });

process.on("message", (message: ToServer) => {
  mode = message.mode;
});
process.on("disconnect", () => process.exit(0));
setInterval(() => {
  if (posts.length === 0) return;
  process.send?.({ posts } satisfies FromServer);
  posts = [];
}, reportMs);

function serve(request: Request, response: ServerResponse): void {
  if (!goesWrong(request, response)) answer(request, response);
}

function goesWrong(request: Request, response: ServerResponse): boolean {
  // Whoever goes away in the middle is expected to.
  request.on("error", () => undefined);
  response.on("error", () => undefined);
  if (mode === "well" || request.url === "/health") return false;
  if (mode === "closing") {
    response.on("finish", () => {
      if (request instanceof Http2ServerRequest) request.stream.session?.close();
      else request.socket.destroySoon();
    });
    return false;
  }
  if (served++ % wrongOneOf !== 0) return false;
  const onWhole = (): void => carryOut(request);
  if (request instanceof Http2ServerRequest) {
    return misbehaveHttp2(
      mode,
      request,
      response as unknown as Http2ServerResponse,
      identity(request),
      onWhole,
    );
  }
  return misbehave(mode, request, response, identity(request), onWhole);
}

/** Tells which request an answer is the answer to, and whose. */
function identity(request: Request): Record<string, string> {
  return { "x-server": name, "x-id": String(readWish(request.url ?? "").id) };
}

function carryOut({ method, url = "" }: Request): void {
  if (method === "POST") posts.push(readWish(url).id);
}

function answer(request: Request, response: ServerResponse): void {
  const target = request.url ?? "";
  const wish = readWish(target);
  const hash = requestDigest(request.method ?? "", target, String(request.headers["x-key"] ?? ""));
  for (const [header, value] of Object.entries(identity(request))) response.setHeader(header, value);
  const echoes = wish.answer === "echo";
  if (echoes) {
    response.writeHead(200, { trailer: "x-digest" });
    response.flushHeaders();
  }
  request.on("data", (bytes: Buffer) => {
    hash.update(bytes);
    if (echoes && !response.write(bytes)) {
      request.pause();
      response.once("drain", () => request.resume());
    }
  });
  request.on("end", () => {
    carryOut(request);
    const digest = endDigest(hash, String(request.trailers["x-tail"] ?? ""));
    if (echoes) response.addTrailers({ "x-digest": digest });
    else begin(response, wish, digest);
    if (echoes) response.end();
    else finish(response, wish, answerBody(digest, wish.size));
  });
}

function begin(response: ServerResponse, wish: Wish, digest: string): void {
  response.setHeader("x-digest", digest);
  response.statusCode = wish.status;
  switch (wish.answer) {
    case "hints":
      response.writeEarlyHints({ link: "</style.css>; rel=preload", "x-id": String(wish.id) });
      response.setHeader("content-length", wish.size);
      break;
    case "length":
      response.setHeader("content-length", wish.size);
      break;
    case "trailers":
      response.setHeader("trailer", "x-tail");
      response.addTrailers({ "x-tail": digest });
      break;
    case "close":
      // In HTTP/2 the end of an answer is the end of its stream, and says nothing of the connection.
      if (version === "2") break;
      response.removeHeader("transfer-encoding");
      response.setHeader("connection", "close");
      break;
    default:
      break;
  }
}

function finish(response: ServerResponse, wish: Wish, body: Buffer): void {
  if (wish.answer === "nothing" || wish.answer === "unmodified") response.end();
  else if (wish.answer === "length" || wish.answer === "hints") {
    // An empty write may abort the process where the answer is one of HTTP/2 (nodejs/node issue 41458).
    if (body.length > 0) response.end(body);
    else response.end();
  } else {
    for (let at = 0; at < body.length; at += piece) response.write(body.subarray(at, at + piece));
    response.end();
  }
}

/** Sends back all that comes, until as much as was wished for has come, or the client has ended. */
function tunnel(request: IncomingMessage, socket: Socket, head: Buffer): void {
  const target = request.url ?? "";
  const { size } = readWish(target);
  const hash = requestDigest(request.method ?? "", target, String(request.headers["x-key"] ?? ""));
  const fields = { ...identity(request), "x-digest": endDigest(hash, "") };
  const lines = Object.entries(fields).map(([header, value]) => `${header}: ${value}\r\n`);
  socket.on("error", () => undefined);
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: soak\r\n${lines.join("")}\r\n`,
  );
  let left = size;
  const echo = (bytes: Buffer): void => {
    socket.write(bytes);
    left -= bytes.length;
    if (left <= 0) socket.end();
  };
  if (head.length > 0) echo(head);
  socket.on("data", echo);
  socket.on("end", () => socket.end());
}
