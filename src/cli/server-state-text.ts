import type { ServerView } from "../admin/pool-view.ts";

/**
 * How a server is, in a line: `ejected for 12 s, next probe in 3 s: timeout`. Of one that is as it should be, only the
 * failure seen last is told. `now`: in ms since the Unix epoch, by the clock of who looks.
 */
export function serverStateText(
  {
    state,
    reason,
    since_unix_ms,
    next_probe_unix_ms,
  }: Pick<ServerView, "state" | "reason" | "since_unix_ms" | "next_probe_unix_ms">,
  now: number,
): string {
  const why = reason === "" ? "" : `: ${reason}`;
  if (state === "ready" || state === "draining") return `${state}${why}`;
  const since = since_unix_ms === null ? "" : ` for ${roundly(now - since_unix_ms)}`;
  const next = next_probe_unix_ms === null ? "" : `, next probe in ${roundly(next_probe_unix_ms - now)}`;
  return `${state}${since}${next}${why}`;
}

/** A duration in ms as `7 s`, `12 min`, `5 h` or `3 d`. */
function roundly(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} d`;
}
