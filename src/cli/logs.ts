import type { LogLevelView } from "../admin/routes/logs.ts";
import { AdminClient } from "./admin-client.ts";
import { logText } from "./log-text.ts";
import { type ExitCode, exitCode, type Flags, type Invocation, type Terminal } from "./verb.ts";

/** `podmate logs [-f]` */
export async function logs(invocation: Invocation, terminal: Terminal): Promise<ExitCode> {
  const { flags } = invocation;
  const client = new AdminClient(invocation, terminal);
  const stop = new AbortController();
  if (flags["follow"] === true) terminal.signals.once("SIGINT", () => stop.abort());
  const colour = terminal.tty && !terminal.env["NO_COLOR"];
  let lines = 0;
  for await (const line of client.lines(`/logs?${query(flags)}`, "application/x-ndjson", stop.signal)) {
    // An empty line only shows that the daemon is there.
    if (line === "") continue;
    lines++;
    terminal.out(flags["json"] === true ? `${line}\n` : `${logText(line, colour)}\n`);
    // Whoever reads slowly is told by the daemon what is lost, and nothing piles up here.
    await terminal.flushed();
  }
  if (lines === 0 && flags["follow"] !== true) await sayWhyNone(client, flags, terminal);
  return exitCode.done;
}

/** Not on standard output, which scripts read. */
async function sayWhyNone(client: AdminClient, flags: Flags, terminal: Terminal): Promise<void> {
  const chosen = ["level", "module", "pool", "since"].filter((flag) => flags[flag] !== undefined);
  if (chosen.length > 0) {
    terminal.err(`no lines with this ${chosen.join(", ")}\n`);
    return;
  }
  const { level } = await client.json<Pick<LogLevelView, "level">>("/log-level");
  terminal.err(`no lines yet: the level is ${level}; \`podmate log-level info\` has more written\n`);
}

/** What a flag is called in the query. */
const parameters = {
  level: "level",
  module: "module",
  pool: "pool",
  since: "since",
  lines: "limit",
};

function query(flags: Flags): string {
  const asked = new URLSearchParams();
  for (const [flag, parameter] of Object.entries(parameters)) {
    const value = flags[flag];
    if (typeof value === "string") asked.set(parameter, value);
  }
  if (flags["follow"] === true) asked.set("follow", "true");
  return asked.toString();
}
