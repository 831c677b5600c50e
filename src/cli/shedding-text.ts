import type { OverloadView } from "../admin/overload-view.ts";

const refused: Readonly<Record<OverloadView["shedding"], string>> = {
  none: "requests of all priorities are served",
  low: "requests of low priority are refused",
  normal: "requests of low and normal priority are refused",
};

/** `requests of low priority are refused until 2026-01-31T12:00:00.000Z (a failover)`: what is shed, and why. */
export function sheddingText({ shedding, reason, yield: asked }: OverloadView): string {
  const why = shedding === "none" ? "" : ` (${reason})`;
  const until = asked && ` until ${new Date(asked.until_unix_ms).toISOString()}`;
  return `${refused[shedding]}${until ?? ""}${why}`;
}
