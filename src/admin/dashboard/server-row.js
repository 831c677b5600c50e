import { element, setText } from "./element.js";
import { duration } from "./format.js";
import { columns } from "./server-columns.js";
import { largest, Sparkline } from "./sparkline.js";

/** A server: a row of figures, and a second one that says why it is not as it should be. */
export class ServerRow {
  #name = element("span", { class: "name" });
  #address = element("small");
  #state = element("span", { class: "state" });
  #spark = new Sparkline("rate");
  #failures = new Sparkline("bad");
  #cells = columns.slice(2).map(({ label }) => element("td", { role: "cell", "data-label": label }));
  #texts = columns.slice(2).map(() => element("span"));
  #action = element("button", { type: "button", class: "quiet" });
  #why = element("td", { role: "cell", colspan: columns.length + 1 });
  #detail;
  /** @type {any} */
  #server = null;
  node;

  /**
   * @param {string} server
   * @param {(server: string | null) => void} onPoint told of the server that the reader points at
   * @param {(server: any) => void} onAction asked to drain it, or to take that back
   */
  constructor(server, onPoint, onAction) {
    this.#cells.forEach((cell, at) => {
      cell.append(this.#texts[at] ?? "");
    });
    const drawing = element("span", { class: "sparks" }, this.#spark.node, this.#failures.node);
    this.#cells[columns.findIndex(({ name }) => name === "rate") - 2]?.prepend(drawing);
    this.node = element(
      "tr",
      { role: "row", "data-server": server },
      element("th", { scope: "row", role: "rowheader" }, this.#name, " ", this.#address),
      element("td", { role: "cell", class: "state-cell" }, this.#state),
      ...this.#cells,
      element("td", { role: "cell", class: "action" }, this.#action),
    );
    this.#detail = element("tr", { role: "row", class: "detail", hidden: true }, this.#why);
    this.node.addEventListener("pointerenter", () => onPoint(server));
    this.node.addEventListener("pointerleave", () => onPoint(null));
    this.#action.addEventListener("focus", () => onPoint(server));
    this.#action.addEventListener("blur", () => onPoint(null));
    this.#action.addEventListener("click", () => onAction(this.#server));
  }

  /** Both of its rows. */
  get nodes() {
    return [this.node, this.#detail];
  }

  /**
   * @param {any} server
   * @param {import("./server-columns.js").Figures} figures
   * @param {boolean} mayChange
   * @param {number} now on the daemon's clock, in ms since the Unix epoch
   */
  show(server, figures, mayChange, now) {
    this.#server = server;
    setText(this.#name, server.server);
    setText(this.#address, server.address === server.server ? "" : server.address);
    this.node.title = server.address;
    this.#state.setAttribute("data-state", server.state);
    setText(this.#state, server.state);
    columns.slice(2).forEach(({ text, isBad }, at) => {
      const cell = this.#cells[at];
      const place = this.#texts[at];
      if (place) setText(place, text(server, figures));
      cell?.classList.toggle("bad", isBad?.(server, figures) === true);
    });
    const most = largest(figures.requestHistory);
    this.#spark.draw(figures.requestHistory, most);
    this.#failures.draw(
      figures.failedHistory.map((value) => (value === 0 ? null : value)),
      most,
    );
    this.#showAction(server, mayChange);
    const why = whyOf(server, now);
    this.#detail.hidden = why === "";
    setText(this.#why, why);
  }

  /** @param {any} server @param {boolean} mayChange */
  #showAction({ server, state, override }, mayChange) {
    const isByHand = override?.state === "drain";
    this.#action.hidden = !mayChange || (state === "draining" && !isByHand);
    setText(this.#action, isByHand ? "Undo drain" : "Drain");
    this.#action.setAttribute("aria-label", isByHand ? `Undo the drain of ${server}` : `Drain ${server}`);
  }
}

/**
 * Why a server is not ready, since when, and when that may change.
 * @param {any} server
 * @param {number} now
 */
export function whyOf({ state, reason, since_unix_ms, next_probe_unix_ms, override }, now) {
  if (state === "ready" || (state === "connecting" && reason === "")) return "";
  const parts = [];
  if (state === "draining")
    parts.push(override?.state === "drain" ? "drained by hand" : "drained by the configuration");
  else if (reason !== "") parts.push(reason);
  const since = state === "draining" ? (override?.since_unix_ms ?? null) : since_unix_ms;
  if (since !== null) parts.push(`for ${duration(now - since)}`);
  if (typeof next_probe_unix_ms === "number") {
    const left = next_probe_unix_ms - now;
    parts.push(left < 500 ? "next probe now" : `next probe in ${duration(left)}`);
  }
  return parts.join(" · ");
}
