import type { EventEmitter } from "node:events";
import type { Logger } from "./logger.ts";

/**
 * Has an exception that nobody has caught end in the log, behind all lines that wait for their reader, before it ends the
 * process with 1. `signals` is `process`; rejections that nobody handles come to the same event.
 */
export function logCrash(
  signals: EventEmitter,
  logger: Pick<Logger, "log" | "close">,
  exit: (code: number) => void,
): void {
  let isCrashing = false;
  signals.on("uncaughtException", (err: unknown) => {
    // Whatever else breaks meanwhile has the same end, at once.
    if (isCrashing) return exit(1);
    isCrashing = true;
    logger.log("fatal", { err }, "podmate has crashed");
    void logger.close().finally(() => exit(1));
  });
}
