#!/usr/bin/env node
import { commandLine } from "./cli/command-line.ts";
import { ttyScreen } from "./cli/tty-screen.ts";

// A reader that has had enough (`podmate metrics | head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

/** What a pipe has not taken when the process exits is lost. */
const flushed = (): Promise<void> =>
  new Promise((resolve) => {
    process.stdout.write("", () => resolve());
  });

const code = await commandLine(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  flushed,
  err: (text) => process.stderr.write(text),
  env: process.env,
  tty: process.stdout.isTTY === true,
  // Whoever does not ask leaves stdin alone.
  get screen() {
    return ttyScreen(process.stdin, process.stdout);
  },
  signals: process,
  exit: (code) => process.exit(code),
});
await flushed();
process.exit(code);
