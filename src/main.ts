#!/usr/bin/env node
import { commandLine } from "./cli/command-line.ts";

// A reader that has had enough (`podmate metrics | head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

const code = await commandLine(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  env: process.env,
  tty: process.stdout.isTTY === true,
  signals: process,
  exit: (code) => process.exit(code),
});
process.exit(code);
