import { svg } from "./element.js";
import { points } from "./history.js";

/** Height of the drawing in its own units; its width is one unit from point to point. */
export const height = 100;

/** A line without axes beside a figure: how it has come to be what it is. */
export class Sparkline {
  #area = svg("path", { class: "area" });
  #line = svg("path", { class: "line", "vector-effect": "non-scaling-stroke" });
  node;

  /** @param {string} kind its class in the style sheet */
  constructor(kind) {
    this.node = svg(
      "svg",
      {
        class: `spark ${kind}`,
        viewBox: `0 0 ${points - 1} ${height}`,
        preserveAspectRatio: "none",
        "aria-hidden": "true",
      },
      this.#area,
      this.#line,
    );
  }

  /**
   * @param {readonly (number | null)[]} values
   * @param {number} [most] what reaches the top; by default the largest value
   */
  draw(values, most = largest(values)) {
    this.#line.setAttribute("d", linePath(values, most));
    this.#area.setAttribute("d", areaPath(values, most));
  }
}

/** @param {readonly (number | null)[]} values */
export function largest(values) {
  return values.reduce((/** @type {number} */ most, value) => Math.max(most, value ?? 0), 0);
}

/**
 * Interrupted where a value is not known.
 * @param {readonly (number | null)[]} values
 * @param {number} most
 */
export function linePath(values, most) {
  return runsOf(values)
    .map((run) => `M${run.map(([x, value]) => `${x} ${yOf(value, most)}`).join("L")}`)
    .join("");
}

/**
 * @param {readonly (number | null)[]} values
 * @param {number} most
 */
export function areaPath(values, most) {
  return runsOf(values)
    .map((run) => {
      const line = run.map(([x, value]) => `L${x} ${yOf(value, most)}`).join("");
      return `M${run[0]?.[0]} ${height}${line}L${run.at(-1)?.[0]} ${height}Z`;
    })
    .join("");
}

/**
 * @param {number} value
 * @param {number} most
 */
export function yOf(value, most) {
  const part = most > 0 ? Math.min(1, value / most) : 0;
  return Number((height - 1 - part * (height - 4)).toFixed(1));
}

/**
 * @param {readonly (number | null)[]} values
 * @returns {[x: number, value: number][][]}
 */
function runsOf(values) {
  /** @type {[number, number][][]} */
  const runs = [];
  let isOpen = false;
  values.forEach((value, x) => {
    if (value === null) isOpen = false;
    else if (isOpen) runs.at(-1)?.push([x, value]);
    else {
      runs.push([[x, value]]);
      isOpen = true;
    }
  });
  return runs;
}
