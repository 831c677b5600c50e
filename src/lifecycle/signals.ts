import type { EventEmitter } from "node:events";

/** What the signals of the daemon do. */
export interface SignalActions {
  /** First SIGTERM, SIGINT or SIGQUIT. */
  stop(signal: string): void;
  /** Any further one: out, at once, with this exit code (128 + signal number, as a shell reports it). */
  exit(code: number): void;
  reload(): void;
  /** +1: more detail in the log; -1: less. */
  turnLog(step: 1 | -1): void;
  /** One that has no meaning here, and would do harm if nobody listened for it. */
  ignored(signal: string): void;
}

/** Those that end the process, with the exit code: 128 + signal number. */
const fatal: Readonly<Record<string, number>> = { SIGTERM: 143, SIGINT: 130, SIGQUIT: 131 };
/** Those that ask a daemon for something; unhandled, they end a process or stop it. */
const asking = ["SIGHUP", "SIGTTIN", "SIGTTOU"];
/** Unhandled, SIGUSR1 opens Node's debugger to everybody on the machine, and SIGUSR2 ends the process. */
const meaningless = ["SIGUSR2", "SIGUSR1"];

/**
 * Binds the daemon's signals, on `process` or what stands in for it. As PID 1 of a container it needs that for each: the
 * kernel drops a signal there where no handler is set.
 */
export function handleSignals(source: EventEmitter, actions: SignalActions): void {
  let stops = false;
  for (const [signal, code] of Object.entries(fatal)) {
    source.on(signal, () => {
      if (stops) actions.exit(code);
      else actions.stop(signal);
      stops = true;
    });
  }
  source.on("SIGHUP", () => actions.reload());
  source.on("SIGTTIN", () => actions.turnLog(1));
  source.on("SIGTTOU", () => actions.turnLog(-1));
  for (const signal of meaningless) source.on(signal, () => actions.ignored(signal));
  const asked = waiting.get(source) ?? [];
  waiting.delete(source);
  for (const signal of asked) source.emit(signal, signal);
}

/** Takes the harm from signals that mean nothing to podmate, in a process that is no daemon (yet). */
export function ignoreMeaningless(source: EventEmitter): void {
  for (const signal of meaningless) source.on(signal, () => {});
}

/** The same in a process that works for a daemon: a signal to the whole process group is meant for the daemon. */
export function leaveToDaemon(source: EventEmitter): void {
  for (const signal of [...asking, ...meaningless]) source.on(signal, () => {});
}

/** What has been asked of daemons that are not there yet, by where they listen. */
const waiting = new WeakMap<EventEmitter, Set<string>>();

/**
 * Until `handleSignals` takes over, nothing is open, and a signal ends the process at once, as it would by default; but
 * by default the kernel drops it where the process is PID 1. What a daemon is asked for waits until there is one.
 */
export function listenEarly(source: EventEmitter, exit: (code: number) => void): void {
  const asked = new Set<string>();
  waiting.set(source, asked);
  for (const [signal, code] of Object.entries(fatal)) {
    source.on(signal, () => {
      if (waiting.has(source)) exit(code);
    });
  }
  for (const signal of asking) source.on(signal, () => asked.add(signal));
}
