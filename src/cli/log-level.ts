import type { LogLevelView } from "../admin/routes/logs.ts";
import { AdminClient } from "./admin-client.ts";
import { CannotGoOn } from "./cannot-go-on.ts";
import { granted } from "./granted.ts";
import { type ExitCode, exitCode, type Invocation, type Terminal } from "./verb.ts";

/** `podmate log-level [LEVEL]` */
export async function logLevel(invocation: Invocation, terminal: Terminal): Promise<ExitCode> {
  const client = new AdminClient(invocation, terminal);
  const { flags, words } = invocation;
  const [word] = words;
  if (word === undefined && (flags["module"] ?? flags["for"]) !== undefined) {
    throw new CannotGoOn(exitCode.usage, "podmate: --module and --for need a LEVEL: podmate log-level debug");
  }
  const view =
    word === undefined ? await client.json<LogLevelView>("/log-level") : await set(client, word, invocation);
  terminal.out(flags["json"] === true ? `${JSON.stringify(view, null, 2)}\n` : report(view));
  return exitCode.done;
}

async function set(client: AdminClient, word: string, { flags }: Invocation): Promise<LogLevelView> {
  const { module, for: time } = flags;
  const change = {
    level: word === "default" ? null : word,
    ...(typeof module === "string" && { module }),
    ...(typeof time === "string" && { for: time }),
  };
  const headers = { "content-type": "application/json" };
  return granted<LogLevelView>(await client.put("/log-level", JSON.stringify(change), headers), "modules");
}

/** `all: debug until 12:00 (configured: info)`, and the modules with a level of their own. */
function report({
  level,
  set,
  until_unix_ms: until,
  configured_level: configured,
  modules,
}: LogLevelView): string {
  const whole = `all: ${level}${set ? `${untilText(until)} (configured: ${configured})` : ""}\n`;
  const own = modules.filter((module) => module.set);
  const others = modules.filter((module) => !module.set).map(({ module }) => module);
  const lines = own.map((module) => `${module.module}: ${module.level}${untilText(module.until_unix_ms)}\n`);
  const rest = others.length === 0 ? "" : `modules as all: ${others.join(", ")}\n`;
  return `${whole}${lines.join("")}${rest}`;
}

function untilText(until: number | null): string {
  return until === null ? " until the next start" : ` until ${new Date(until).toISOString()}`;
}
