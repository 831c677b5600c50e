import type { Clock } from "../core/clock.ts";
import type { LogFunction } from "../observe/log-level.ts";

/** What a service manager is told. Nobody waits for it to hear. */
export interface ServiceManager {
  ready(): void;
  reloading(): void;
  stopping(): void;
  /** Resolves when it has been told all. */
  told(): Promise<void>;
}

export interface ServiceManagerParts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Pick<Clock, "after">;
  readonly log: LogFunction;
}

/** How long it may take to tell one thing, in ms. */
const longestTelling = 5_000;

/**
 * Tells systemd how the daemon is (sd_notify(3), systemd 252), where the unit wants to hear it (`Type=notify`): then
 * `NOTIFY_SOCKET` names the socket. That is one for datagrams in the file system, which Node cannot send to without native
 * code, so `systemd-notify` does, and the unit needs `NotifyAccess=all`. Elsewhere nothing is loaded and nothing is done.
 * No WATCHDOG=1: it would take a process every few seconds.
 */
export function serviceManager({ env, clock, log }: ServiceManagerParts): ServiceManager {
  let turn = Promise.resolve();
  let last: string | undefined;
  const tell = (...state: string[]): void => {
    // Nothing twice, and nothing behind the last word.
    if (!env["NOTIFY_SOCKET"] || last === state[0] || last === "STOPPING=1") return;
    last = state[0];
    // One after the other: systemd takes the last word for the truth.
    turn = turn.then(() => notify(state));
  };
  const notify = async (state: readonly string[]): Promise<void> => {
    const late = new AbortController();
    const cancel = clock.after(longestTelling, () => late.abort());
    try {
      const { runCommand } = await import("../core/run-command.ts");
      await runCommand("systemd-notify", state, { env, clock, signal: late.signal });
    } catch (error) {
      const reason =
        (error as NodeJS.ErrnoException).code === "ENOENT"
          ? "there is no program systemd-notify"
          : String(error);
      log("warn", { state, reason }, "the service manager is not told");
    } finally {
      cancel();
    }
  };
  return {
    ready: () => tell("READY=1"),
    reloading: () => tell("RELOADING=1", `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`),
    stopping: () => tell("STOPPING=1"),
    told: () => turn,
  };
}
