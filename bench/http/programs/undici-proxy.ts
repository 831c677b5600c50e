import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type Dispatcher, Pool } from "undici";
import { proxyArguments } from "./proxy-arguments.ts";
import { serverOf } from "./server-of.ts";

// What one would write today without a proxy package: node:http in front, a pool of undici for each server.

/** Headers of one connection only (RFC 9110 7.6.1), in both directions. */
const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const { port, servers } = proxyArguments(process.argv.slice(2));
const pools = servers.map((server) => new Pool(`http://127.0.0.1:${server}`));

function relay(request: IncomingMessage, response: ServerResponse): void {
  const headers = endToEnd(request.rawHeaders);
  headers.push("x-forwarded-for", request.socket.remoteAddress ?? "", "x-forwarded-proto", "http");
  const hasBody = "content-length" in request.headers || "transfer-encoding" in request.headers;
  pools[serverOf(request, pools.length)]!.dispatch(
    {
      path: request.url ?? "/",
      method: (request.method ?? "GET") as Dispatcher.HttpMethod,
      headers,
      body: hasBody ? request : null,
    },
    answerWith(response),
  );
}

function answerWith(response: ServerResponse): Dispatcher.DispatchHandler {
  return {
    onRequestStart(controller) {
      response.on("close", () => {
        if (!response.writableFinished) controller.abort(new Error("the client is gone"));
      });
      response.on("drain", () => controller.resume());
    },
    onResponseStart(controller, status) {
      if (status < 200) return;
      const raw = (controller.rawHeaders as Buffer[]).map((bytes) => bytes.toString("latin1"));
      response.writeHead(status, endToEnd(raw));
    },
    onResponseData(controller, chunk) {
      if (!response.write(chunk)) controller.pause();
    },
    onResponseEnd() {
      response.end();
    },
    onResponseError() {
      if (response.headersSent) response.destroy();
      else response.writeHead(502).end();
    },
  };
}

/** A list of names and values without those that are for one connection only. */
function endToEnd(raw: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at < raw.length; at += 2) {
    if (!hopByHop.has(raw[at]!.toLowerCase())) kept.push(raw[at]!, raw[at + 1]!);
  }
  return kept;
}

const server = createServer(relay);
server.keepAliveTimeout = 60_000;
server.listen({ port, host: "127.0.0.1", backlog: 1024 });
