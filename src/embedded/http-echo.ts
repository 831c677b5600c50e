import { createHash } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { Address } from "../core/address.ts";

export interface HttpEchoOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** What the server calls itself in its answers. */
  readonly name: string;
}

export interface HttpEcho {
  /** Where it listens, with the port it got. */
  readonly address: Address;
  /** Ends all connections and stops listening. */
  close(): Promise<void>;
}

/** What each request is answered with, as JSON. Header names are in lower case, a repeated header is a list. */
export interface EchoAnswer {
  readonly server: string;
  readonly method: string;
  readonly path: string;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: { readonly bytes: number; readonly sha256: string };
}

/** Starts an HTTP server that answers every request with what it saw of it. Rejects if it cannot listen. */
export async function startHttpEcho({
  host = "127.0.0.1",
  port = 0,
  name,
}: HttpEchoOptions): Promise<HttpEcho> {
  const server = createServer((request, response) => {
    describe(name, request).then(
      (answer) => {
        response.setHeader("content-type", "application/json");
        response.end(`${JSON.stringify(answer)}\n`);
      },
      // The client left in the middle of its body.
      () => response.destroy(),
    );
  });
  // Who asks keeps connections for as long as it likes: none is closed under a request that is on its way.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const bound = server.address();
  return {
    address: { host, port: typeof bound === "object" && bound !== null ? bound.port : port },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function describe(name: string, request: IncomingMessage): Promise<EchoAnswer> {
  const { method = "", url: path = "", headers } = request;
  const digest = createHash("sha256");
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    digest.update(chunk);
    bytes += chunk.length;
  }
  return { server: name, method, path, headers, body: { bytes, sha256: digest.digest("hex") } };
}
