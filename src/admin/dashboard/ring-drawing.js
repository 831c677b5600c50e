import { setText, svg } from "./element.js";
import { percent } from "./format.js";

/**
 * @typedef {{ server: string, share: number, share_in_service: number }} ServerShare
 * @typedef {{ exact: boolean, placed: boolean, merged: boolean, servers: ServerShare[], arcs: { server: number, end: number }[] }} Layout
 */

const radius = 84;

/** The ring of a pool, drawn to scale: twelve o'clock is 0, and it goes round as a clock does. */
export class RingDrawing {
  #arcs = svg("g");
  #mark = svg("g");
  #title = svg("text", { y: -2 });
  #note = svg("text", { y: 16, class: "small" });
  node = svg(
    "svg",
    { class: "ring", viewBox: "-105 -105 210 210", role: "img" },
    this.#arcs,
    this.#mark,
    this.#title,
    this.#note,
  );

  /**
   * @param {string} pool
   * @param {Layout} layout
   */
  draw(pool, { arcs, servers, placed, merged, exact }) {
    const paths = servers.map(() => "");
    let start = 0;
    for (const { server, end } of arcs) {
      paths[server] += arcPath(start, end);
      start = end;
    }
    this.#arcs.replaceChildren(
      ...servers.map(({ server, share }, index) => {
        const label = svg("title", {}, `${server}: ${percent(share)}`);
        return svg("path", { d: paths[index] ?? "", stroke: colour(index), "data-server": server }, label);
      }),
    );
    const shares = servers.map(({ server, share }) => `${server} ${percent(share)}`).join(", ");
    this.node.setAttribute("aria-label", `Ring of pool ${pool}: ${shares || "nobody is on it"}`);
    setText(
      this.#note,
      !placed ? (exact ? "" : "shares only") : merged ? "neighbours merged" : `${arcs.length} arcs`,
    );
  }

  /**
   * @param {number} ready
   * @param {number} all
   */
  setReady(ready, all) {
    setText(this.#title, `${ready} of ${all} ready`);
  }

  /**
   * Makes a server stand out, at the place of a key if it has one; null: nobody.
   * @param {string | null} server
   * @param {number | null} [position] from 0 to 1
   */
  point(server, position = null) {
    this.node.classList.toggle("dimmed", server !== null);
    for (const path of this.#arcs.children) {
      path.classList.toggle("chosen", path.getAttribute("data-server") === server);
    }
    this.#mark.replaceChildren();
    if (position === null) return;
    const [x, y] = at(position, radius);
    this.#mark.append(
      svg("line", { class: "hand", x1: 0.45 * x, y1: 0.45 * y, x2: x, y2: y }),
      svg("circle", { class: "mark", cx: x, cy: y, r: 6, "data-position": position }),
    );
  }
}

/**
 * The colour of the server at this place of the list. Neighbours in the list are far apart in hue.
 * @param {number} index
 */
export function colour(index) {
  return `hsl(${Math.round(index * 137.508 + 210) % 360} 58% ${46 + 8 * (index % 3)}%)`;
}

/**
 * An arc of a circle cannot end where it begins, so a long one is drawn in two.
 * @param {number} start
 * @param {number} end
 * @returns {string}
 */
function arcPath(start, end) {
  if (end - start > 0.5) return arcPath(start, start + 0.5) + arcPath(start + 0.5, end);
  const [x0, y0] = at(start, radius);
  const [x1, y1] = at(end, radius);
  return `M${x0.toFixed(3)} ${y0.toFixed(3)}A${radius} ${radius} 0 0 1 ${x1.toFixed(3)} ${y1.toFixed(3)}`;
}

/**
 * @param {number} part of the way round
 * @param {number} distance from the middle
 * @returns {[x: number, y: number]}
 */
function at(part, distance) {
  const angle = part * 2 * Math.PI;
  return [Math.sin(angle) * distance, -Math.cos(angle) * distance];
}
