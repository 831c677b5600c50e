import { once } from "node:events";
import { connect } from "node:net";
import { type Fault, type FaultParts, Faults } from "../faults.ts";
import { within } from "../patience.ts";
import type { MemcacheTally } from "./memcache-tally.ts";

const crowd = 200;

/** The faults of every soak, and a crowd. */
export class MemcacheFaults extends Faults {
  protected readonly timeout = "timeout";
  readonly #tally: MemcacheTally;

  constructor(parts: FaultParts & { readonly tally: MemcacheTally }) {
    super(parts);
    this.#tally = parts.tally;
  }

  protected own(): readonly Fault[] {
    return [["crowd", () => this.#crowd()]];
  }

  /** Many clients that come, ask for a sign of life, and go. */
  async #crowd(): Promise<void> {
    await Promise.all(
      Array.from({ length: crowd }, async () => {
        const socket = connect({ host: "127.0.0.1", port: this.daemon.port });
        socket.on("error", (error) => this.#tally.takeWrong(`one of the crowd: ${error.message}`));
        const closed = once(socket, "close");
        let answer = "";
        socket.setEncoding("latin1").on("data", (text: string) => {
          answer += text;
        });
        socket.write("mn\r\nquit\r\n");
        await within("end of one of the crowd", closed);
        if (answer !== "MN\r\n") this.#tally.takeWrong(`one of the crowd was answered "${answer}"`);
      }),
    );
  }
}
