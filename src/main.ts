#!/usr/bin/env node
import { startReader } from "./cli/config-process.ts";
import { nodeTooOld } from "./cli/node-version.ts";
import { ttyScreen } from "./cli/tty-screen.ts";
import { ignoreMeaningless, listenEarly } from "./lifecycle/signals.ts";

ignoreMeaningless(process);
const tooOld = nodeTooOld(process.version);
if (tooOld !== undefined) {
  process.stderr.write(`${tooOld}\n`);
  process.exit(1);
}
if (process.argv[2] === "run") {
  // Before all that takes time: the kernel drops what comes sooner where this is PID 1 of a container.
  listenEarly(process, (code) => process.exit(code));
  // What a start waits for longest begins first.
  startReader();
}
// All else is loaded behind that check: an old Node stumbles over it in words that help nobody.
const { commandLine } = await import("./cli/command-line.ts");

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
  errTty: process.stderr.isTTY === true,
  input: async () => (await import("./cli/standard-input.ts")).standardInput(process.stdin),
  // Whoever does not ask leaves stdin alone.
  get screen() {
    return ttyScreen(process.stdin, process.stdout);
  },
  signals: process,
  exit: (code) => process.exit(code),
});
await flushed();
process.exit(code);
