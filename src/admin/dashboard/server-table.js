import { element, setText, svg } from "./element.js";
import { micros, percent, perSecond, sum } from "./format.js";
import { colour } from "./ring-drawing.js";

/** @typedef {import("./rates.js").Rates} Rates */

/**
 * A figure of a server: its title, what the title stands for, and the text.
 * @type {readonly [label: string, meaning: string, text: (server: any, figures: { rate: number | null, errorRate: number | null, share: number | undefined }) => string][]}
 */
const figures = [
  ["Keys", "Share of the keys that go to it now", (_, { share }) => percent(share)],
  ["Rate", "Requests per second", (_, { rate }) => perSecond(rate)],
  ["Errors", "Failed requests per second", (_, { errorRate }) => perSecond(errorRate)],
  ["In flight", "Requests that wait for an answer", (server) => String(server.requests_in_flight)],
  [
    "p50",
    "Median time to the answer, of the last seconds",
    (server) => micros(server.response_recent_p50_us),
  ],
  ["p99", "99th percentile of that", (server) => micros(server.response_recent_p99_us)],
  ["Ejections", "Times that it was taken out of service", (server) => String(server.ejections)],
];

/** The servers of a pool, one row each. */
export class ServerTable {
  #body = element("tbody", { role: "rowgroup" });
  /** @type {Map<string, Row>} */
  #rows = new Map();
  /** @type {(server: string | null) => void} */
  #onPoint;
  node;

  /**
   * @param {string} pool
   * @param {(server: string | null) => void} onPoint told of the server that the reader points at
   */
  constructor(pool, onPoint) {
    this.#onPoint = onPoint;
    const titles = [["Server", ""], ["State", ""], ...figures].map(([label, meaning]) =>
      element("th", { scope: "col", role: "columnheader", title: String(meaning) }, String(label)),
    );
    // Roles are said, for as blocks on a narrow screen these elements lose their own.
    this.node = element(
      "table",
      { role: "table", "aria-label": `Servers of pool ${pool}` },
      element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...titles)),
      this.#body,
    );
  }

  /**
   * @param {any} pool
   * @param {Rates} rates
   * @param {ReadonlyMap<string, number>} shares
   */
  show({ pool, servers }, rates, shares) {
    /** @type {Map<string, Row>} */
    const rows = new Map();
    servers.forEach((/** @type {any} */ server, /** @type {number} */ index) => {
      const row = this.#rows.get(server.server) ?? new Row(server.server, this.#onPoint);
      const name = JSON.stringify([pool, server.server]);
      row.show(server, index, {
        rate: rates.of(`${name} requests`, server.requests),
        errorRate: rates.of(`${name} errors`, sum(server.errors)),
        share: shares.get(server.server),
      });
      rows.set(server.server, row);
    });
    const isSame = [...rows.keys()].join("\n") === [...this.#rows.keys()].join("\n");
    this.#rows = rows;
    if (!isSame) this.#body.replaceChildren(...[...rows.values()].map(({ node }) => node));
  }
}

/** A server. */
class Row {
  #swatch = svg("rect", { width: 10, height: 10, rx: 2 });
  #address = element("small");
  #state = element("span", { class: "state" });
  #reason = element("small", { class: "reason" });
  #cells = figures.map(([label]) => element("td", { role: "cell", "data-label": label }));
  node;

  /**
   * @param {string} server
   * @param {(server: string | null) => void} onPoint
   */
  constructor(server, onPoint) {
    const swatch = svg("svg", { class: "swatch", viewBox: "0 0 10 10", "aria-hidden": "true" }, this.#swatch);
    const name = element("span", {}, server);
    this.node = element(
      "tr",
      { role: "row", "data-server": server },
      element("th", { scope: "row", role: "rowheader" }, swatch, name, " ", this.#address),
      element("td", { role: "cell" }, this.#state, this.#reason),
      ...this.#cells,
    );
    this.node.addEventListener("pointerenter", () => onPoint(server));
    this.node.addEventListener("pointerleave", () => onPoint(null));
  }

  /**
   * @param {any} server
   * @param {number} index
   * @param {Parameters<typeof figures[number][2]>[1]} known
   */
  show(server, index, known) {
    this.#swatch.setAttribute("fill", colour(index));
    setText(this.#address, server.address === server.server ? "" : server.address);
    this.#state.setAttribute("data-state", server.state);
    setText(this.#state, server.state);
    setText(this.#reason, server.state === "ready" ? "" : server.reason);
    figures.forEach(([, , text], at) => {
      const cell = this.#cells[at];
      if (cell) setText(cell, text(server, known));
    });
  }
}
