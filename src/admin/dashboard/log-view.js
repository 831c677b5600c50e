import { element } from "./element.js";
import { clockTime } from "./format.js";

/** Lines that the page keeps, and characters of each. */
const mostLines = 300;
const longestLine = 2_000;

const levels = ["trace", "debug", "info", "warn", "error"];

/** The recent log, followed. Lines in a row that differ in figures only are one line with a count. */
export class LogView {
  #lines = element("ol", { id: "log-lines", class: "card", tabindex: 0, "aria-label": "Lines of the log" });
  #level = element("select", { "aria-label": "Least severity" });
  node = element("div", {}, element("label", { class: "log-level" }, "From ", this.#level), this.#lines);
  /** @type {EventSource | null} */
  #source = null;
  /** The last line without its time, and how often it has come. */
  #last = "";
  #count = 0;

  constructor() {
    this.#level.append(...levels.map((level) => element("option", { selected: level === "info" }, level)));
    this.#level.addEventListener("change", () => this.follow());
  }

  /** Starts again with the last lines. */
  follow() {
    this.#source?.close();
    this.#lines.replaceChildren();
    this.#last = "";
    this.#source = new EventSource(`logs?level=${this.#level.value}&limit=100`);
    this.#source.addEventListener("message", ({ data }) => this.#take(data));
    this.#source.addEventListener("dropped", ({ data }) => {
      this.#last = "";
      this.#add(element("li", {}, `… ${JSON.parse(data).dropped} lines are missing here`));
    });
  }

  /** Follows again, unless the browser does so by itself. */
  followAgain() {
    if (this.#source?.readyState === EventSource.CLOSED) this.follow();
  }

  /** @param {string} data a line as JSON */
  #take(data) {
    const { time, sequence: _, ...line } = JSON.parse(data);
    // How many requests waited, say, is no other message.
    const text = JSON.stringify(Object.entries(line).filter(([, value]) => typeof value !== "number"));
    const before = this.#lines.lastElementChild;
    if (text !== this.#last || before === null) {
      this.#last = text;
      this.#count = 1;
      this.#add(lineOf(time, line));
      return;
    }
    this.#count++;
    const [when] = before.children;
    if (when) when.textContent = clockTime(new Date(String(time)));
    before.querySelector(".times")?.remove();
    before.append(element("span", { class: "times" }, `× ${this.#count}`));
  }

  /** @param {HTMLLIElement} line */
  #add(line) {
    const list = this.#lines;
    const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
    list.append(line);
    while (list.childElementCount > mostLines) list.firstElementChild?.remove();
    if (isAtEnd) list.scrollTop = list.scrollHeight;
  }
}

/**
 * @param {unknown} time
 * @param {any} line
 */
function lineOf(time, { level, module, msg, ...fields }) {
  const rest = Object.entries(fields).map(
    ([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return element(
    "li",
    { "data-level": String(level) },
    element("span", { class: "faint" }, clockTime(new Date(String(time)))),
    element("span", { class: "level" }, String(level)),
    element("span", { class: "faint" }, String(module)),
    element("span", {}, String(msg).slice(0, longestLine)),
    element("span", { class: "fields" }, rest.join(" ").slice(0, longestLine)),
  );
}
