import { bytes, cpu, micros, rate } from "./format.js";
import { Cursor, TimeChart } from "./time-chart.js";

/** The daemon as a whole over the last five minutes. */
export class Charts {
  #cursor = new Cursor();
  #requests = this.#chart(
    "Requests",
    [{ name: "requests_per_second", kind: "main", filled: true }],
    ([value]) => `${rate(value)}/s`,
    1,
  );
  #failed = this.#chart(
    "Failed",
    [{ name: "failed_per_second", kind: "bad", filled: true }],
    ([value]) => `${rate(value)}/s`,
    1,
  );
  #latency = this.#chart(
    "p50 · p99",
    [
      { name: "request_p99_us", kind: "main" },
      { name: "request_p50_us", kind: "second" },
    ],
    ([p99, p50]) => (p50 === null || p50 === undefined ? micros(p99) : `${micros(p50)} · ${micros(p99)}`),
    100,
  );
  #cpu = this.#chart("CPU", [{ name: "cpu", kind: "main", filled: true }], ([value]) => cpu(value), 0.1);
  #memory = this.#chart(
    "Memory",
    [{ name: "resident_memory_bytes", kind: "main", filled: true }],
    ([value]) => bytes(value),
    1e8,
  );

  /** @param {HTMLElement} place */
  constructor(place) {
    place.append(...this.#all.map(({ chart }) => chart.node));
  }

  /** @param {import("./history.js").History} history */
  show(history) {
    for (const { chart, lines } of this.#all) {
      chart.draw(
        lines.map(({ name }) => history.values("", name)),
        history.interval,
      );
    }
    const isFailing = history.values("", "failed_per_second").some((value) => value !== null && value > 0);
    this.#failed.chart.node.classList.toggle("trouble", isFailing);
  }

  get #all() {
    return [this.#requests, this.#failed, this.#latency, this.#cpu, this.#memory];
  }

  /**
   * @param {string} label
   * @param {import("./time-chart.js").Line[]} lines
   * @param {(values: (number | null)[]) => string} text
   * @param {number} least
   */
  #chart(label, lines, text, least) {
    return { lines, chart: new TimeChart(label, lines, text, least, this.#cursor) };
  }
}
