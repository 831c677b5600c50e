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
  const client = new AdminClient(invocation, terminal);
  const end = performance.now() + timeout.value;
  for (;;) {
    const refusal = await askReady(client);
    if (refusal === null) return exitCode.done;
    if (performance.now() >= end) {
      terminal.err(`${refusal}\npodmate: not ready within ${text}\n`);
      return exitCode.failed;
    }
    await pause(askEvery);
  }
}

/** null if the daemon is ready, else why it is not. */
async function askReady(client: AdminClient): Promise<string | null> {
  try {
    const { ready, reasons } = await client.json<{ ready: boolean; reasons: string[] }>("/ready");
    return ready ? null : reasons.join("; ");
  } catch (error) {
    if (error instanceof AdminUnreachable) return error.message;
    throw error;
  }
}
