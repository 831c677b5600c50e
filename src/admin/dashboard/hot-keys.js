import { element } from "./element.js";
import { percent, plural } from "./format.js";

/** Keys that are shown. */
const most = 10;

/** The most requested keys of a pool, where they are counted. */
export class HotKeys {
  #list = element("ol");
  #note = element("p", { class: "faint" });
  node = element(
    "div",
    { class: "hot-keys", hidden: true },
    element("h4", {}, "Hot keys"),
    this.#list,
    this.#note,
  );

  /** @param {any} report of `/hotkeys`; undefined where the pool does not count */
  show(report) {
    const keys = report?.keys.slice(0, most) ?? [];
    this.node.hidden = keys.length === 0;
    if (keys.length === 0) return;
    const largest = keys[0].count;
    this.#list.replaceChildren(
      ...keys.map((/** @type {any} */ { key, count }) => {
        const bar = element("span", { class: "bar-part" });
        bar.style.width = `${(100 * count) / largest}%`;
        return element(
          "li",
          { title: `${key}: asked for ${plural(count, "time")} at most` },
          element("code", {}, key),
          element("span", { class: "bar-room", "aria-hidden": "true" }, bar),
          element("span", { class: "number" }, percent(count / report.requests)),
        );
      }),
    );
    this.#note.textContent = `of ${plural(report.requests, "request")} counted`;
  }
}
