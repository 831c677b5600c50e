import { element, setText } from "./element.js";
import { rate } from "./format.js";

/** Where clients connect, and where their requests go. */
export class ListenerTable {
  #body = element("div", { class: "listeners" });
  node = this.#body;
  /** @type {Map<string, Listener>} */
  #listeners = new Map();

  /**
   * @param {any[]} listeners
   * @param {import("./rates.js").Rates} rates
   */
  show(listeners, rates) {
    const names = new Set(listeners.map(({ listener }) => listener));
    for (const [name, { node }] of this.#listeners) {
      if (names.has(name)) continue;
      node.remove();
      this.#listeners.delete(name);
    }
    for (const listener of listeners) {
      let known = this.#listeners.get(listener.listener);
      if (known === undefined) {
        known = new Listener(listener.listener);
        this.#listeners.set(listener.listener, known);
        this.#body.append(known.node);
      }
      known.show(listener, rates);
    }
  }
}

class Listener {
  #address = element("small");
  #figures = element("p", { class: "figures-line" });
  #routes = element("ul");
  node;

  /** @param {string} listener */
  constructor(listener) {
    this.node = element(
      "article",
      { class: "card listener", "data-listener": listener },
      element("h3", {}, listener, " ", this.#address),
      this.#figures,
      this.#routes,
    );
  }

  /**
   * @param {any} listener
   * @param {import("./rates.js").Rates} rates
   */
  show({ listener, protocol, address, tls, connections, requests, errors, routes }, rates) {
    const id = `listener ${JSON.stringify(listener)}`;
    const wrong = Object.values(errors).reduce((sum, count) => sum + Number(count), 0);
    const failed = rates.of(`${id} errors`, wrong);
    setText(this.#address, `${address} ${protocol}${tls ? " over TLS" : ""}`);
    setText(
      this.#figures,
      [
        `${connections} open`,
        `${rate(rates.of(`${id} requests`, requests))} req/s`,
        `${rate(failed)} client errors/s`,
      ].join(" · "),
    );
    const lines = routes.map((/** @type {any} */ { route, takes, pool, requests, requests_failed }) => {
      const name = JSON.stringify([listener, route]);
      const taken = requests === undefined ? null : rates.of(`route ${name}`, requests);
      const lost = requests === undefined ? null : rates.of(`route ${name} failed`, requests_failed);
      return { takes, pool, taken, lost };
    });
    while (this.#routes.childElementCount > lines.length) this.#routes.lastElementChild?.remove();
    lines.forEach((/** @type {any} */ line, /** @type {number} */ at) => {
      const item = this.#routes.children[at] ?? element("li");
      if (item.parentNode === null) this.#routes.append(item);
      const figures =
        line.taken === null
          ? ""
          : `${rate(line.taken)} req/s${line.lost > 0 ? `, ${rate(line.lost)} failed/s` : ""}`;
      const text = `${line.takes} → ${line.pool}`;
      if (item.getAttribute("data-text") !== `${text} ${figures}`) {
        item.setAttribute("data-text", `${text} ${figures}`);
        item.replaceChildren(
          element("span", {}, line.takes, " ", element("span", { class: "faint" }, "→"), " ", line.pool),
          element("span", { class: "number" }, figures),
        );
      }
    });
  }
}
