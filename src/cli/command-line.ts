import { version } from "../core/version.ts";
import { CannotGoOn } from "./cannot-go-on.ts";
import { helpFor, helpOverall, usageOf } from "./help.ts";
import { parseCommandLine } from "./parse.ts";
import { type ExitCode, exitCode, type Terminal } from "./verb.ts";
import { verbs } from "./verbs.ts";

/** Runs a command line, without the program's name, and resolves with the exit code. */
export async function commandLine(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  if (args[0] === "__complete") {
    const { printCompletion } = await import("./print-completion.ts");
    return await printCompletion(args.slice(1), verbs, terminal);
  }
  const parsed = parseCommandLine(args, verbs);
  switch (parsed.kind) {
    case "help":
      terminal.out(parsed.verb === null ? helpOverall(verbs) : helpFor(parsed.verb));
      return exitCode.done;
    case "version":
      terminal.out(`podmate ${version}\n`);
      return exitCode.done;
    case "usage": {
      const { verb, message } = parsed;
      const more = verb === null ? "podmate --help" : `podmate ${verb.name} --help`;
      const usage = verb === null ? "" : `usage: ${usageOf(verb)}\n`;
      terminal.err(`podmate: ${message}\n${usage}try: ${more}\n`);
      return exitCode.usage;
    }
    case "run": {
      const run = await parsed.verb.load();
      try {
        return await run(parsed.invocation, terminal);
      } catch (error) {
        if (!(error instanceof CannotGoOn)) throw error;
        terminal.err(`${error.message}\n`);
        return error.code;
      }
    }
  }
}
