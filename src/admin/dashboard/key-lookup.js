import { inUrl, Refusal } from "./daemon.js";
import { element, setText } from "./element.js";

/** @typedef {{ server: string, address: string, ring_name: string, weight: number }} Owner */

/** Asks where a key of a pool lives. */
export class KeyLookup {
  #input = element("input", {
    name: "key",
    placeholder: "Which server has the key …",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    maxlength: 1000,
  });
  #answer = element("p", { role: "status" });
  node = element(
    "div",
    { class: "key-lookup" },
    element("form", {}, this.#input, element("button", {}, "Find key")),
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
   * @param {(server: string | null) => void} onFound told of the server that has the key
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
    if (key === "") return this.#show("", null);
    try {
      const place = await this.#daemon.get(`ring/${inUrl(this.#pool)}?key=${inUrl(key)}`);
      if (key === this.#key) this.#show(sentence(place), place.served_by?.server ?? null);
    } catch (error) {
      const reason = error instanceof Refusal ? error.message : "The daemon does not answer.";
      if (key === this.#key) this.#show(reason, null);
    }
  }

  /**
   * @param {string} text
   * @param {string | null} server
   */
  #show(text, server) {
    setText(this.#answer, text);
    this.#onFound(server);
  }
}

/**
 * @param {{ key: string, hash: string, distribution: string, hashed_part: string, hash_hex: string | null, point_hex: string | null, owner: Owner | null, served_by: Owner | null }} place
 */
function sentence({ key, hash, distribution, hashed_part, hash_hex, point_hex, owner, served_by }) {
  if (served_by === null) return `No server is in service for “${key}”.`;
  const { server, address } = served_by;
  const where = server === address ? server : `${server} (${address})`;
  const instead =
    owner === null || owner.server === server ? "" : `, instead of ${owner.server}, which is out of service`;
  const why =
    hash_hex === null
      ? `${distribution} does not depend on the key here`
      : `${hash}(“${hashed_part}”) = ${hash_hex}${point_hex === null ? "" : `, point ${point_hex}`}`;
  return `“${key}” → ${where}${instead}: ${why}.`;
}
