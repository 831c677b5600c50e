import { parseMoment } from "../config/moment.ts";
import { parseDuration } from "../config/units.ts";

/** Checks of values on the command line: null where a value is good, else why it is not. */

export function checkDuration(text: string): string | null {
  const reading = parseDuration(text);
  return "reason" in reading ? `${reading.reason}; give a duration such as 30s` : null;
}

/** A time, or how long ago it was. */
export function checkMoment(text: string): string | null {
  const reading = parseMoment(text, 0);
  return "reason" in reading ? reading.reason : null;
}

/** A whole number within bounds. */
export function checkWhole(least: number, most: number): (text: string) => string | null {
  return (text) => {
    const number = Number(text);
    const isGood = /^\d+$/.test(text) && number >= least && number <= most;
    return isGood ? null : `give a whole number from ${least} to ${most}`;
  };
}
