import { element, setText } from "./element.js";
import { plural, rate } from "./format.js";

/** The word for each level. */
const words = { ok: "Healthy", degraded: "Degraded", failing: "Failing" };

/** How the daemon is, in a word, and why: the first thing to be read. */
export class VerdictPanel {
  #word = element("h2", { id: "verdict-title" }, "…");
  #summary = element("p", { class: "summary" });
  #reasons = element("ul");
  /** Told to who hears the page, when the level changes and not with every figure. */
  #spoken = element("p", { class: "spoken", role: "status", "aria-live": "polite" });
  #place;

  /** @param {HTMLElement} place */
  constructor(place) {
    this.#place = place;
    place.append(
      element("div", { class: "headline" }, this.#word, this.#summary),
      this.#reasons,
      this.#spoken,
    );
  }

  /**
   * @param {{ level: keyof typeof words, reasons: { level: string, text: string }[] }} verdict
   * @param {any[]} pools
   * @param {number | null} requests per second
   */
  show({ level, reasons }, pools, requests) {
    const word = words[level];
    this.#place.setAttribute("data-level", level);
    setText(this.#word, word);
    setText(this.#summary, summary(pools, requests));
    document.title = level === "ok" ? "podmate" : `${word} · podmate`;
    if (this.#reasons.textContent !== reasons.map(({ text }) => text).join("")) {
      this.#reasons.replaceChildren(
        ...reasons.map(({ level, text }) => element("li", { "data-level": level }, text)),
      );
    }
    const first = reasons[0] === undefined ? "" : `: ${reasons[0].text}`;
    if (!this.#spoken.textContent?.startsWith(word)) setText(this.#spoken, `${word}${first}`);
  }
}

/**
 * @param {any[]} pools
 * @param {number | null} requests per second
 */
function summary(pools, requests) {
  const all = pools.reduce((sum, pool) => sum + pool.servers_total, 0);
  const ready = pools.reduce((sum, pool) => sum + pool.servers_by_state.ready, 0);
  return `${ready} of ${plural(all, "server")} ready in ${plural(pools.length, "pool")}, ${rate(requests)} requests/s`;
}
