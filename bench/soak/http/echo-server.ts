import type { ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { accepting, spawnChild } from "../../support/child-processes.ts";
import { freePort } from "../../support/free-port.ts";
import { ServerProcess } from "../server-process.ts";
import type { FromServer, ServerMode, ToServer } from "./server-modes.ts";

const program = fileURLToPath(new URL("programs/echo-server.ts", import.meta.url));

/** A server of node:http, or node:http2, that can be told to do wrong. */
export class EchoServer extends ServerProcess {
  /** Starts one; `onPost` is told the id of every POST that a server has got whole. */
  static async start(version: 1 | 2, onPost: (id: number) => void): Promise<EchoServer> {
    const port = await freePort();
    const server = new EchoServer(port, async () => {
      const child = launch(port, version);
      child.on("message", ({ posts }: FromServer) => posts.forEach(onPost));
      await accepting(port, child);
      return child;
    });
    await server.start();
    return server;
  }

  /** From now on it does this. */
  async behave(mode: ServerMode): Promise<void> {
    this.process.send({ mode } satisfies ToServer);
  }
}

function launch(port: number, version: 1 | 2): ChildProcess {
  return spawnChild([process.execPath, program, String(port), `s${port}`, String(version)], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
}
