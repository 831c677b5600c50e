import type { Address } from "../../core/address.ts";
import type { Clock } from "../../core/clock.ts";
import type { ProbeFailure } from "./prober.ts";

/** How long an address may take before the next one is tried beside it, in ms (RFC 8305, section 5: 250 ms recommended). */
export const raceDelay = 250;

type Outcome = { readonly ok: true } | ProbeFailure;

/** What came of a race: the outcome, and the address that it is about. */
export interface RaceResult {
  readonly outcome: Outcome;
  readonly address: Address;
}

/**
 * Probes the addresses of one server in their order, each once the one before could not be connected to or, with
 * `hurry`, has taken `raceDelay`, until one takes a connection; what that answers is the outcome. Where none does, it is
 * that of the first. The others are cancelled by their signal, and have ended when it resolves.
 */
export async function raceAddresses(
  addresses: readonly Address[],
  ask: (address: Address, signal: AbortSignal) => Promise<Outcome>,
  { clock, hurry, signal }: { readonly clock: Pick<Clock, "after">; hurry: boolean; signal: AbortSignal },
): Promise<RaceResult> {
  const over = new AbortController();
  const either = AbortSignal.any([over.signal, signal]);
  const asked: Promise<void>[] = [];
  let first: Outcome | null = null;
  let found: RaceResult | null = null;
  for (let i = 0; i < addresses.length && found === null && !signal.aborted; i++) {
    const address = addresses[i]!;
    const next = Promise.withResolvers<void>();
    asked.push(
      ask(address, either).then((outcome) => {
        if (i === 0) first = outcome;
        if (found === null && (outcome.ok || outcome.connected)) {
          found = { outcome, address };
          over.abort();
        }
        next.resolve();
      }),
    );
    const cancel = hurry && i + 1 < addresses.length ? clock.after(raceDelay, next.resolve) : null;
    over.signal.addEventListener("abort", () => next.resolve(), { once: true });
    await next.promise;
    cancel?.();
  }
  await Promise.all(asked);
  return found ?? { outcome: first!, address: addresses[0]! };
}
