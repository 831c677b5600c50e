import type { ReadStream, WriteStream } from "node:tty";
import type { Screen } from "./verb.ts";

/** A key that sends a sequence (ECMA-48: CSI, and SS3), or a byte. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what keys send
const keys = /\x1b\[[\x30-\x3f]*[\x40-\x7e]|\x1bO[\x40-\x7e]|[\x00-\xff]/g;

/** The terminal behind these streams; undefined where one of them is none. */
export function ttyScreen(input: ReadStream, output: WriteStream): Screen | undefined {
  if (!input.isTTY || !output.isTTY) return undefined;
  return {
    size: () => ({ columns: output.columns, rows: output.rows }),
    readKeys(onKey) {
      const read = (bytes: Buffer): void => {
        for (const [key] of bytes.toString("latin1").matchAll(keys)) onKey(key);
      };
      input.setRawMode(true);
      input.on("data", read);
      return () => {
        input.off("data", read);
        input.pause();
        input.setRawMode(false);
      };
    },
  };
}
