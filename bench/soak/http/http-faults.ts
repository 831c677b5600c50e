import { once } from "node:events";
import { connect } from "node:net";
import { type Fault, type FaultParts, Faults } from "../faults.ts";
import { within } from "../patience.ts";
import type { ServerProcess } from "../server-process.ts";
import type { EchoServer } from "./echo-server.ts";
import type { HttpTally } from "./http-tally.ts";
import { type ServerMode, serverModes } from "./server-modes.ts";

const crowd = 200;

/** The faults of every soak, servers that do wrong, an nginx that dies, and crowds. */
export class HttpFaults extends Faults<EchoServer> {
  protected readonly timeout = "timeout";
  readonly #tally: HttpTally;
  readonly #nginx: readonly ServerProcess[];

  constructor(
    parts: FaultParts<EchoServer> & { readonly tally: HttpTally; readonly nginx: readonly ServerProcess[] },
  ) {
    super(parts);
    this.#tally = parts.tally;
    this.#nginx = parts.nginx;
  }

  protected own(): readonly Fault[] {
    const modes = serverModes.filter((mode) => mode !== "well");
    return [
      ...modes.map((mode): Fault => [mode, () => this.#misbehave(mode)]),
      ["nginx killed", () => this.#killNginx()],
      ["crowd", () => this.#crowd("Connection: close\r\n")],
      ["idle crowd", () => this.#crowd("")],
    ];
  }

  #misbehave(mode: ServerMode): Promise<void> {
    const server = this.anyServer();
    return this.trouble(
      () => server.behave(mode),
      this.forAStep,
      () => server.behave("well"),
    );
  }

  #killNginx(): Promise<void> {
    const server = this.random.pick(this.#nginx);
    return this.trouble(
      () => server.kill(),
      this.forAStep,
      () => server.start(),
    );
  }

  /** Many clients that come, ask once, and go when podmate closes: at once, or when they have been idle for too long. */
  async #crowd(field: string): Promise<void> {
    await Promise.all(
      Array.from({ length: crowd }, async () => {
        const socket = connect({ host: "127.0.0.1", port: this.daemon.port });
        socket.on("error", (error) => this.#tally.takeWrong(`one of the crowd: ${error.message}`));
        const closed = once(socket, "close");
        let answer = "";
        socket.setEncoding("latin1").on("data", (text: string) => {
          answer += text;
        });
        socket.write(
          `GET /crowd?answer=length&status=200&size=0 HTTP/1.1\r\nHost: soak.test\r\n${field}\r\n`,
        );
        await within("end of one of the crowd", closed);
        if (!answer.startsWith("HTTP/1.1 200 OK\r\n") || !answer.endsWith("\r\n\r\n")) {
          this.#tally.takeWrong(`one of the crowd was answered "${answer}"`);
        }
      }),
    );
  }
}
