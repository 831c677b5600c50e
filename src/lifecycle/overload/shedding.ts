import { shedFrom } from "../../proxy/priority.ts";

/** Which requests are refused: none, those of low priority, those of normal priority too. Each includes the one before. */
export const shedLevels = ["none", "low", "normal"] as const;
export type ShedLevel = (typeof shedLevels)[number];

/** Pressure that the workers are told of, by level. */
export const pressureAt: Readonly<Record<ShedLevel, number>> = {
  none: 0,
  low: shedFrom.low,
  normal: shedFrom.normal,
};

/** The one at which more is refused. */
export function higher(a: ShedLevel, b: ShedLevel): ShedLevel {
  return shedLevels.indexOf(a) > shedLevels.indexOf(b) ? a : b;
}

/** Share of what has led to a level below which the pressure must be to leave it. */
export const releaseShare = 0.9;

/**
 * Which level the pressure leads to, with hysteresis: up at once; down a level at a time, each when the pressure has been
 * below 90 % of what leads to it for as long as is asked. So requests that come back cannot make it swing faster than
 * that.
 */
export class Shedding {
  #level: ShedLevel = "none";
  #calmSince: number | null = null;

  get level(): ShedLevel {
    return this.#level;
  }

  /**
   * @param now monotonic time in ms
   * @param calm in ms
   */
  on(pressure: number, now: number, calm: number): ShedLevel {
    const reached = levelAt(pressure);
    if (higher(reached, this.#level) !== this.#level) this.#turn(reached);
    else if (this.#level === "none" || pressure >= releaseShare * pressureAt[this.#level])
      this.#calmSince = null;
    else if (this.#calmSince === null) this.#calmSince = now;
    if (this.#calmSince !== null && now - this.#calmSince >= calm) this.#turn(below[this.#level]);
    return this.#level;
  }

  #turn(level: ShedLevel): void {
    this.#level = level;
    this.#calmSince = null;
  }
}

const below: Readonly<Record<ShedLevel, ShedLevel>> = { none: "none", low: "none", normal: "low" };

function levelAt(pressure: number): ShedLevel {
  if (pressure >= pressureAt.normal) return "normal";
  return pressure >= pressureAt.low ? "low" : "none";
}
