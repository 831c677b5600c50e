import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import type { Teardown } from "./teardown.ts";

/** A server that takes its time, and knows how often it was asked for what. */
export interface SlowServer {
  /** `host:port` */
  readonly address: string;
  /** How often each thing was done, by its name. */
  readonly done: ReadonlyMap<string, number>;
}

/** Memcache, as far as `get` of a key, whose value is that key, and `set`. Up to `longest` ms before each answer. */
export async function slowMemcache(t: Teardown, longest: number): Promise<SlowServer> {
  const done = new Map<string, number>();
  const sockets = new Set<Socket>();
  const server = createServer(async (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    let rest = "";
    for await (const chunk of socket) {
      rest += (chunk as Buffer).toString("latin1");
      for (;;) {
        const request = /^(?:(get) (\S+)|(set) (\S+) 0 0 \d+\r\n\S+|(version|mn))\r\n/.exec(rest);
        if (request === null) break;
        rest = rest.slice(request[0].length);
        const [, get, found = "", , stored = "", other] = request;
        await pause(Math.random() * longest);
        count(done, get === undefined ? stored : found);
        if (other === undefined) {
          const value = `VALUE ${found} 0 ${found.length}\r\n${found}\r\nEND\r\n`;
          socket.write(get === undefined ? "STORED\r\n" : value);
        } else socket.write(other === "mn" ? "MN\r\n" : "VERSION 1\r\n");
      }
    }
  });
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return { address: await listen(server), done };
}

/** HTTP: answers with the target and the body that it was sent, up to `longest` ms later, in two pieces. */
export async function slowHttp(t: Teardown, longest: number): Promise<SlowServer> {
  const done = new Map<string, number>();
  const server = createHttpServer(async (request, response) => {
    const target = request.url ?? "";
    const body = await text(request).catch(() => "");
    count(done, target);
    await pause((Math.random() * longest) / 2);
    response.writeHead(200, { "content-length": target.length + body.length });
    response.write(target);
    await pause((Math.random() * longest) / 2);
    response.end(body);
  });
  server.keepAliveTimeout = 600_000;
  t.teardown(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return { address: await listen(server), done };
}

function count(done: Map<string, number>, name: string): void {
  done.set(name, (done.get(name) ?? 0) + 1);
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
