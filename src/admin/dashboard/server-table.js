import { element } from "./element.js";
import { columns, isTrouble } from "./server-columns.js";
import { ServerRow } from "./server-row.js";

/** @typedef {import("./server-columns.js").Figures} Figures */

/** The servers of a pool, sorted and filtered as the reader wants. */
export class ServerTable {
  #body = element("tbody", { role: "rowgroup" });
  /** @type {Map<string, ServerRow>} */
  #rows = new Map();
  /** By what the rows were sorted last. */
  #order = "";
  #heads;
  #onPoint;
  #onAction;
  #options;
  node;

  /**
   * @param {string} pool
   * @param {import("./view-options.js").ViewOptions} options
   * @param {(server: string | null) => void} onPoint told of the server that the reader points at
   * @param {(server: any) => void} onAction asked to drain a server, or to take that back
   */
  constructor(pool, options, onPoint, onAction) {
    this.#options = options;
    this.#onPoint = onPoint;
    this.#onAction = onAction;
    this.#heads = columns.map(({ label, meaning }, at) => {
      const button = element("button", { type: "button", title: meaning }, label);
      button.addEventListener("click", () => options.sortBy(at));
      return element("th", { scope: "col", role: "columnheader" }, button);
    });
    const last = element(
      "th",
      { scope: "col", role: "columnheader" },
      element("span", { class: "spoken" }, "Action"),
    );
    // Roles are said, for as blocks on a narrow screen these elements lose their own.
    this.node = element(
      "table",
      { class: "servers", role: "table", "aria-label": `Servers of pool ${pool}` },
      element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...this.#heads, last)),
      this.#body,
    );
  }

  /**
   * Returns how many servers are shown.
   * @param {any} pool
   * @param {(server: any) => Figures} figuresOf
   * @param {boolean} mayChange
   * @param {number} now
   */
  show({ pool, servers }, figuresOf, mayChange, now) {
    const { sort, descending } = this.#options;
    this.#heads.forEach((head, at) => {
      head.setAttribute("aria-sort", at !== sort ? "none" : descending ? "descending" : "ascending");
    });
    const shown = servers
      .map((/** @type {any} */ server) => ({ server, figures: figuresOf(server) }))
      .filter((/** @type {{ server: any, figures: Figures }} */ { server, figures }) =>
        this.#options.takes(
          [pool, server.server, server.address, server.state, server.reason].join(" "),
          isTrouble(server, figures),
        ),
      );
    const column = columns[sort];
    if (column !== undefined) {
      const sign = descending ? -1 : 1;
      shown.sort((/** @type {any} */ a, /** @type {any} */ b) => {
        const [one, other] = [column.value(a.server, a.figures), column.value(b.server, b.figures)];
        return one === other ? 0 : one < other ? -sign : sign;
      });
    }
    this.#place(shown, mayChange, now);
    return shown.length;
  }

  /**
   * @param {{ server: any, figures: Figures }[]} shown
   * @param {boolean} mayChange
   * @param {number} now
   */
  #place(shown, mayChange, now) {
    /** @type {Map<string, ServerRow>} */
    const rows = new Map();
    for (const { server, figures } of shown) {
      const known = this.#rows.get(server.server);
      const row = known ?? new ServerRow(server.server, this.#onPoint, this.#onAction);
      row.show(server, figures, mayChange, now);
      rows.set(server.server, row);
    }
    const order = JSON.stringify([this.#options.sort, this.#options.descending]);
    const isSame = [...rows.keys()].join("\n") === [...this.#rows.keys()].join("\n");
    // Rows do not move away from under a pointer, nor from the keyboard.
    const isHeld =
      order === this.#order &&
      rows.size === this.#rows.size &&
      [...rows.keys()].every((server) => this.#rows.has(server)) &&
      this.#body.matches(":hover, :focus-within");
    if (isSame || isHeld) return;
    this.#order = order;
    this.#rows = rows;
    this.#body.replaceChildren(...[...rows.values()].flatMap(({ nodes }) => nodes));
  }
}
