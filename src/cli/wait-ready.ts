import { setTimeout as pause } from "node:timers/promises";
import { parseDuration } from "../config/units.ts";
import { AdminClient, AdminUnreachable } from "./admin-client.ts";
import { type ExitCode, exitCode, type Invocation, type Terminal } from "./verb.ts";

/** How often a daemon that is not ready is asked again, in ms. */
const askEvery = 100;

/** `podmate wait-ready [--timeout 30s]` */
export async function waitReady(invocation: Invocation, terminal: Terminal): Promise<ExitCode> {
  const text = String(invocation.flags["timeout"] ?? "30s");
  const timeout = parseDuration(text);
  if ("reason" in timeout) {
    terminal.err(`podmate: --timeout ${text}: ${timeout.reason}\n`);
    return exitCode.usage;
  }
  const end = performance.now() + timeout.value;
  for (;;) {
    const refusal = await askReady(invocation, terminal);
    if (refusal === null) return exitCode.done;
    if (performance.now() >= end) {
      terminal.err(`podmate: not ready within ${text}: ${refusal}\n`);
      return exitCode.failed;
    }
    await pause(askEvery);
  }
}

/** null if the daemon is ready, else why it is not. */
async function askReady(invocation: Invocation, terminal: Terminal): Promise<string | null> {
  try {
    const { status, body } = await new AdminClient(invocation, terminal).get("/ready");
    return status === 200 ? null : body.trim();
  } catch (error) {
    if (error instanceof AdminUnreachable) return error.message;
    throw error;
  }
}
