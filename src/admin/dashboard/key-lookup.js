import { inUrl, Refusal } from "./daemon.js";
import { element, setText } from "./element.js";

/** @typedef {{ server: string, address: string, ring_name: string, weight: number }} Owner */

/** Asks where a key of a pool lives. */
export class KeyLookup {
  #input = element("input", {
    name: "key",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    maxlength: 1000,
  });
  #answer = element("p", { role: "status" });
  node = element(
    "div",
    {},
    element(
      "form",
      { role: "search" },
      element("label", {}, "Key"),
      this.#input,
      element("button", {}, "Find"),
    ),
    this.#answer,
  );
  #daemon;
  #pool;
  #onFound;
  /** The key that is shown. */
  #key = "";

  /**
   * @param {import("./daemon.js").Daemon} daemon
   * @param {string} pool
   * @param {(server: string | null, position: number | null) => void} onFound told of who serves the key, and of its place
   */
  constructor(daemon, pool, onFound) {
    this.#daemon = daemon;
    this.#pool = pool;
    this.#onFound = onFound;
    this.#input.setAttribute("aria-label", `Key to find in pool ${pool}`);
    this.node.querySelector("form")?.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#key = this.#input.value;
      void this.refresh();
    });
  }

  /** Asks again, for the ring may have changed. */
  async refresh() {
    const key = this.#key;
    if (key === "") return this.#show("", null, null);
    try {
      const place = await this.#daemon.get(`ring/${inUrl(this.#pool)}?key=${inUrl(key)}`);
      if (key === this.#key) this.#show(sentence(place), place.served_by?.server ?? null, place.position);
    } catch (error) {
      const reason = error instanceof Refusal ? error.message : "The daemon does not answer.";
      if (key === this.#key) this.#show(reason, null, null);
    }
  }

  /**
   * @param {string} text
   * @param {string | null} server
   * @param {number | null} position
   */
  #show(text, server, position) {
    setText(this.#answer, text);
    this.#onFound(server, position);
  }
}

/**
 * @param {{ key: string, hash: string, distribution: string, hashed_part: string, hash_hex: string | null, point_hex: string | null, owner: Owner | null, served_by: Owner | null }} place
 */
function sentence({ key, hash, distribution, hashed_part, hash_hex, point_hex, owner, served_by }) {
  if (served_by === null) return `“${key}” has nowhere to go: no server is in service.`;
  const { server, address } = served_by;
  const where = server === address ? server : `${server} (${address})`;
  const instead =
    owner === null || owner.server === server ? "" : `, in place of ${owner.server}, which is out of service`;
  const why =
    hash_hex === null
      ? `${distribution} does not look at the key here`
      : `${hash}(“${hashed_part}”) = ${hash_hex}${point_hex === null ? "" : `, point ${point_hex}`}`;
  return `“${key}” → ${where}${instead}: ${why}.`;
}
