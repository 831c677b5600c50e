import type { EventEmitter } from "node:events";

/** What the signals of the daemon do. */
export interface SignalActions {
  /** First SIGTERM or SIGINT. */
  stop(signal: string): void;
  /** Any further one: out, at once, with this exit code (128 + signal number, as a shell reports it). */
  exit(code: number): void;
  reload(): void;
  /** +1: more detail in the log; -1: less. */
  turnLog(step: 1 | -1): void;
}

const fatal: Readonly<Record<string, number>> = { SIGTERM: 143, SIGINT: 130 };

/**
 * Binds the daemon's signals, on `process` or what stands in for it. As PID 1 of a container it needs that for each: the
 * kernel drops a signal there where no handler is set.
 */
export function handleSignals(source: EventEmitter, actions: SignalActions): void {
  let asked = false;
  for (const [signal, code] of Object.entries(fatal)) {
    source.on(signal, () => {
      if (asked) actions.exit(code);
      else actions.stop(signal);
      asked = true;
    });
  }
  source.on("SIGHUP", () => actions.reload());
  source.on("SIGTTIN", () => actions.turnLog(1));
  source.on("SIGTTOU", () => actions.turnLog(-1));
}

/**
 * Until `handleSignals` takes over, nothing is open, and a signal ends the process at once, as it would by default; but
 * by default the kernel drops it where the process is PID 1.
 */
export function exitOnSignal(source: EventEmitter, exit: (code: number) => void): void {
  for (const [signal, code] of Object.entries(fatal)) {
    source.on(signal, () => {
      if (source.listenerCount(signal) === 1) exit(code);
    });
  }
}
