import { element } from "./element.js";
import { columns } from "./server-columns.js";

/**
 * What is shown of the servers, and in which order: the filter and the order of all pools. They stand behind the `#` of
 * the page's address, so that a link shows the same.
 */
export class ViewOptions {
  filter = "";
  onlyTrouble = false;
  /** Index of a column, -1: as configured. */
  sort = -1;
  descending = true;
  #search = element("input", {
    type: "search",
    placeholder: "Filter servers",
    "aria-label": "Filter servers by name, address, pool or state",
    "aria-keyshortcuts": "/",
    autocomplete: "off",
    spellcheck: "false",
  });
  #trouble = element("input", { type: "checkbox" });
  #order = element("select", { "aria-label": "Sort servers by" });
  node = element(
    "div",
    { class: "view-options", role: "search" },
    this.#search,
    element("label", {}, this.#trouble, "Trouble only"),
    this.#order,
  );
  #onChange;

  /** @param {() => void} onChange */
  constructor(onChange) {
    this.#onChange = onChange;
    this.#order.append(
      element("option", { value: -1 }, "Order of the configuration"),
      ...columns.map(({ label }, at) => element("option", { value: at }, `Sort by ${label}`)),
    );
    this.#read();
    this.#search.addEventListener("input", () =>
      this.#changed(() => (this.filter = this.#search.value.trim())),
    );
    this.#trouble.addEventListener("change", () =>
      this.#changed(() => (this.onlyTrouble = this.#trouble.checked)),
    );
    this.#order.addEventListener("change", () => this.sortBy(Number(this.#order.value)));
    document.addEventListener("keydown", (event) => {
      const target = /** @type {HTMLElement} */ (event.target);
      if (event.key !== "/" || event.ctrlKey || event.metaKey || target.closest("input, select")) return;
      event.preventDefault();
      this.#search.focus();
    });
  }

  /**
   * By this column, its largest first; the same again turns it round, and once more returns to the configuration's.
   * @param {number} column
   */
  sortBy(column) {
    this.#changed(() => {
      const first = columns[column]?.descends ?? true;
      if (column !== this.sort) [this.sort, this.descending] = [column, first];
      else if (this.descending === first) this.descending = !first;
      else [this.sort, this.descending] = [-1, true];
    });
  }

  /**
   * Whether a server is shown.
   * @param {string} text all that can be looked for
   * @param {boolean} isTrouble
   */
  takes(text, isTrouble) {
    if (this.onlyTrouble && !isTrouble) return false;
    const words = this.filter.toLowerCase().split(/\s+/);
    return words.every((word) => text.toLowerCase().includes(word));
  }

  /** @param {() => void} change */
  #changed(change) {
    change();
    this.#order.value = String(this.sort);
    const state = new URLSearchParams();
    if (this.filter !== "") state.set("filter", this.filter);
    if (this.onlyTrouble) state.set("trouble", "1");
    const column = columns[this.sort];
    if (column !== undefined) state.set("sort", `${this.descending ? "-" : ""}${column.name}`);
    window.history.replaceState(null, "", `#${state}`);
    this.#onChange();
  }

  #read() {
    const state = new URLSearchParams(location.hash.slice(1));
    this.filter = this.#search.value = state.get("filter") ?? "";
    this.onlyTrouble = this.#trouble.checked = state.has("trouble");
    const sort = state.get("sort") ?? "";
    this.descending = sort.startsWith("-");
    this.sort = columns.findIndex(({ name }) => name === sort.replace(/^-/, ""));
    this.#order.value = String(this.sort);
  }
}
