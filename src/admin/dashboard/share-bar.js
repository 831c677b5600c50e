import { element } from "./element.js";
import { percent } from "./format.js";

/** @typedef {{ exact: boolean, servers: { server: string, share: number }[] }} Layout */

/** The ring of a pool as a bar: what part of the keys each server has. */
export class ShareBar {
  node = element("div", { class: "shares", role: "img", hidden: true });

  /**
   * @param {string} pool
   * @param {Layout} layout
   */
  draw(pool, { servers }) {
    const holders = servers.filter(({ share }) => share > 0);
    this.node.hidden = false;
    this.node.replaceChildren(
      ...holders.map(({ server, share }) => {
        const title = `${server}: ${percent(share)} of the keys`;
        const part = element(
          "span",
          { "data-server": server, title },
          element("span", { class: "part-name" }, server),
        );
        part.style.flexGrow = String(share);
        return part;
      }),
    );
    const shares = holders.map(({ server, share }) => `${server} ${percent(share)}`).join(", ");
    this.node.setAttribute("aria-label", `Keys of pool ${pool}: ${shares || "no server has any"}`);
  }

  /**
   * Shows which keys are those of servers that do not answer.
   * @param {any[]} servers as `/pools` tells them
   */
  setStates(servers) {
    const states = new Map(servers.map(({ server, state }) => [server, state]));
    for (const part of this.node.children) {
      part.setAttribute("data-state", states.get(part.getAttribute("data-server")) ?? "");
    }
  }

  /**
   * Makes a server stand out; null: none.
   * @param {string | null} server
   */
  point(server) {
    this.node.classList.toggle("dimmed", server !== null);
    for (const part of this.node.children) {
      part.classList.toggle("chosen", part.getAttribute("data-server") === server);
    }
  }
}
