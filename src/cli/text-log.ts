import type { LogOutput } from "../observe/logger.ts";
import { logText } from "./log-text.ts";

/** Takes lines of JSON and hands them on as text for people. Costs a parse per line: it is for a terminal. */
export class TextLog implements LogOutput {
  readonly #output: LogOutput;
  readonly #colour: boolean;

  constructor(output: LogOutput, colour: boolean) {
    this.#output = output;
    this.#colour = colour;
  }

  get dropped(): number {
    return this.#output.dropped;
  }

  write(line: string): void {
    this.#output.write(`${logText(line, this.#colour)}\n`);
  }

  flush(): Promise<void> {
    return this.#output.flush();
  }
}
