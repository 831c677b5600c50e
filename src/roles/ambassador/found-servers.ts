import type { Clock } from "../../core/clock.ts";
import { Coalescer } from "../../core/coalescer.ts";
import { errorReason } from "../../core/error-reason.ts";
import type { Log } from "../../core/log.ts";
import { DiscoverySet } from "../../upstream/discovery/discovery-set.ts";
import type { DiscoveryTools } from "../../upstream/discovery/open-discovery.ts";

/** How long servers that were found are gathered before they are applied, in ms. */
const gatherFor = 100;
/** Pauses where they could not be, in ms. */
const firstRetry = 1_000;
const longestRetry = 30_000;

/** Finds the servers of pools that have none listed; `onChange` hears that they are others now. */
export function discoverySet({
  tools,
  onChange,
}: {
  readonly tools: DiscoveryTools;
  readonly onChange: () => void;
}): DiscoverySet {
  return new DiscoverySet({
    clock: tools.clock,
    async open(pool) {
      // Most pools have their servers listed.
      const { openDiscovery } = await import("../../upstream/discovery/open-discovery.ts");
      return openDiscovery(pool, tools);
    },
    onChange,
  });
}

/** Gathers changes for a moment before `run` applies them, and has it try again, with pauses, where it rejects. */
export function gathering({
  clock,
  log,
  run,
}: {
  readonly clock: Clock;
  readonly log: Log;
  readonly run: () => Promise<void>;
}): Coalescer {
  return new Coalescer({
    clock,
    delay: gatherFor,
    firstRetry,
    longestRetry,
    run,
    onFailure: (error, pause) =>
      log(
        "error",
        { reason: errorReason(error), again_in_ms: Math.round(pause) },
        "servers that were found could not be applied; the servers before them stay",
      ),
  });
}
