import type { EventEmitter } from "node:events";

/** What the signals of the daemon do. */
export interface SignalActions {
  /** First SIGTERM or SIGINT. */
  drain(signal: string): void;
  /** Any further one: out, at once, with this exit code (128 + signal number, as a shell reports it). */
  exit(code: number): void;
  reload(): void;
  /** +1: more detail in the log; -1: less. */
  turnLog(step: 1 | -1): void;
}

const fatal: Readonly<Record<string, number>> = { SIGTERM: 143, SIGINT: 130 };

/**
 * Binds the daemon's signals, on `process` or what stands in for it. Being PID 1 in a container needs nothing more:
 * the kernel drops signals there only where no handler is set, and podmate starts no processes to reap.
 */
export function handleSignals(source: EventEmitter, actions: SignalActions): void {
  let asked = false;
  for (const [signal, code] of Object.entries(fatal)) {
    source.on(signal, () => {
      if (asked) actions.exit(code);
      else actions.drain(signal);
      asked = true;
    });
  }
  source.on("SIGHUP", () => actions.reload());
  source.on("SIGTTIN", () => actions.turnLog(1));
  source.on("SIGTTOU", () => actions.turnLog(-1));
}
