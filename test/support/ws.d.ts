/** The part of ws 8 that is used here; the package has no types of its own. */
declare module "ws" {
  import type { EventEmitter } from "node:events";

  export interface ConnectOptions {
    readonly perMessageDeflate?: boolean;
    readonly headers?: Readonly<Record<string, string>>;
  }

  /** Emits `open`, `message` (data, isBinary), `ping`, `pong`, `close` (code, reason) and `error`. */
  export class WebSocket extends EventEmitter {
    constructor(url: string, protocols?: readonly string[], options?: ConnectOptions);
    readonly protocol: string;
    readonly extensions: string;
    send(data: string | Buffer, options?: { readonly binary?: boolean }): void;
    ping(data?: string | Buffer): void;
    close(code?: number, reason?: string): void;
    terminate(): void;
  }

  export interface ServerOptions {
    readonly host: string;
    readonly port: number;
    readonly perMessageDeflate?: boolean;
    readonly verifyClient?: (info: { readonly req: import("node:http").IncomingMessage }) => boolean;
  }

  /** Emits `listening` and `connection` (socket, request). */
  export class WebSocketServer extends EventEmitter {
    constructor(options: ServerOptions);
    readonly clients: ReadonlySet<WebSocket>;
    address(): import("node:net").AddressInfo;
    close(done?: () => void): void;
  }
}
