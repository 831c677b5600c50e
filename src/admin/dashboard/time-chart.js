import { element, setText, svg } from "./element.js";
import { points } from "./history.js";
import { areaPath, height, largest, linePath } from "./sparkline.js";

/** @typedef {{ name: string, kind: string, filled?: boolean }} Line */

/** The point of time that the reader looks at, in all charts alike; null: now. */
export class Cursor {
  /** @type {number | null} */
  at = null;
  /** @type {(() => void)[]} */
  #listeners = [];

  /** @param {() => void} listener */
  onMove(listener) {
    this.#listeners.push(listener);
  }

  /** @param {number | null} at */
  move(at) {
    this.at = at;
    for (const listener of this.#listeners) listener();
  }
}

/** A figure over the last minutes. Pointer and arrow keys read a moment off it. */
export class TimeChart {
  #value = element("output", {});
  #when = element("span", { class: "when" });
  #scale = element("span", { class: "scale", "aria-hidden": "true" });
  #mark = svg("line", {
    class: "mark",
    y1: 0,
    y2: height,
    "vector-effect": "non-scaling-stroke",
    hidden: true,
  });
  #areas = svg("g");
  /** @type {SVGPathElement[]} */
  #paths;
  #svg;
  node;
  #label;
  #lines;
  #text;
  #least;
  #cursor;
  /** @type {(number | null)[][]} */
  #values = [];
  #secondsPerPoint = 2;

  /**
   * @param {string} label
   * @param {readonly Line[]} lines
   * @param {(values: (number | null)[]) => string} text the values of the lines at one time, for people
   * @param {number} least the scale goes up to so much at least
   * @param {Cursor} cursor
   */
  constructor(label, lines, text, least, cursor) {
    this.#label = label;
    this.#lines = lines;
    this.#text = text;
    this.#least = least;
    this.#cursor = cursor;
    this.#paths = lines.map(({ kind }) =>
      svg("path", { class: `line ${kind}`, "vector-effect": "non-scaling-stroke" }),
    );
    this.#svg = svg(
      "svg",
      {
        viewBox: `0 0 ${points - 1} ${height}`,
        preserveAspectRatio: "none",
        role: "img",
        tabindex: 0,
      },
      svg("line", { class: "grid", x1: 0, x2: points, y1: 3, y2: 3, "vector-effect": "non-scaling-stroke" }),
      svg("line", {
        class: "grid",
        x1: 0,
        x2: points,
        y1: 51,
        y2: 51,
        "vector-effect": "non-scaling-stroke",
      }),
      this.#areas,
      ...this.#paths,
      this.#mark,
    );
    this.node = element(
      "figure",
      {},
      element("figcaption", {}, element("span", { class: "label" }, label), this.#when, this.#value),
      element("div", { class: "plot" }, this.#svg, this.#scale),
      element(
        "div",
        { class: "axis", "aria-hidden": "true" },
        element("span", {}, "5 min ago"),
        element("span", {}, "now"),
      ),
    );
    this.#listen();
    cursor.onMove(() => this.#read());
  }

  /**
   * @param {(number | null)[][]} values a list for each line
   * @param {number} interval ms from point to point
   */
  draw(values, interval) {
    this.#values = values;
    this.#secondsPerPoint = interval / 1000;
    const most = niceCeiling(Math.max(this.#least, ...values.map(largest)));
    setText(
      this.#scale,
      this.#text(values.map((_, line) => (line === 0 ? most : null))).split(" · ")[0] ?? "",
    );
    this.#paths.forEach((path, line) => {
      path.setAttribute("d", linePath(values[line] ?? [], most));
    });
    this.#areas.replaceChildren(
      ...this.#lines.flatMap(({ kind, filled }, line) =>
        filled ? [svg("path", { class: `area ${kind}`, d: areaPath(values[line] ?? [], most) })] : [],
      ),
    );
    this.#read();
  }

  /** Shows the values at the cursor. */
  #read() {
    const { at } = this.#cursor;
    const index = at ?? points - 1;
    const now = this.#text(this.#values.map((line) => line.at(-1) ?? null));
    setText(this.#value, at === null ? now : this.#text(this.#values.map((line) => line[index] ?? null)));
    setText(this.#when, at === null ? "" : `${(points - 1 - index) * this.#secondsPerPoint} s ago`);
    this.#mark.toggleAttribute("hidden", at === null);
    for (const end of ["x1", "x2"]) this.#mark.setAttribute(end, String(index));
    const tops = this.#values.map(largest);
    this.#svg.setAttribute(
      "aria-label",
      `${this.#label} over the last five minutes: now ${now}, at most ${this.#text(tops)}`,
    );
  }

  #listen() {
    const cursor = this.#cursor;
    this.#svg.addEventListener("pointermove", ({ clientX }) => {
      const { left, width } = this.#svg.getBoundingClientRect();
      const at = Math.round(((clientX - left) / width) * (points - 1));
      cursor.move(Math.max(0, Math.min(points - 1, at)));
    });
    this.#svg.addEventListener("pointerleave", () => cursor.move(null));
    this.#svg.addEventListener("blur", () => cursor.move(null));
    this.#svg.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -15, PageDown: 15 }[event.key];
      if (step === undefined) {
        if (event.key === "Escape") cursor.move(null);
        return;
      }
      event.preventDefault();
      const at = (cursor.at ?? points - 1) + step;
      cursor.move(at >= points - 1 ? null : Math.max(0, at));
    });
  }
}

/**
 * The next round number: 1, 2 or 5 of a power of ten.
 * @param {number} value
 */
export function niceCeiling(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((each) => each * power >= value * (1 - 1e-9)) ?? 10;
  return step * power;
}
