/** The part of http-proxy 1.18 that is used here; the package has no types of its own. */
declare module "http-proxy" {
  import type { Agent, IncomingMessage, ServerResponse } from "node:http";
  import type { Duplex } from "node:stream";

  interface Target {
    readonly target: string;
  }

  interface ProxyServer {
    web(request: IncomingMessage, response: ServerResponse, target: Target): void;
    ws(request: IncomingMessage, socket: Duplex, head: Buffer, target: Target): void;
    on(
      event: "error",
      listener: (error: Error, request: IncomingMessage, answer: ServerResponse | Duplex) => void,
    ): void;
  }

  const httpProxy: {
    createProxyServer(options: { readonly agent: Agent; readonly xfwd: boolean }): ProxyServer;
  };
  export default httpProxy;
}
