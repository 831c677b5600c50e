import { inUrl } from "./daemon.js";
import { element, setText } from "./element.js";
import { micros, percent, perSecond, sum } from "./format.js";
import { KeyLookup } from "./key-lookup.js";
import { RingDrawing } from "./ring-drawing.js";
import { ServerTable } from "./server-table.js";

/** @typedef {import("./rates.js").Rates} Rates */

/** A pool: its ring, its servers, and the search for a key. */
export class PoolCard {
  #figures = element("p", { class: "figures" });
  #discovery = element("p", { class: "faint" });
  #ring = new RingDrawing();
  #daemon;
  #pool;
  #lookup;
  #table;
  #others = element("p", { class: "faint" });
  /** What the ring was drawn for; it is asked for anew when that has changed. */
  #drawn = "";
  /** @type {Map<string, number>} */
  #shares = new Map();
  /** @type {[server: string | null, position: number | null]} */
  #found = [null, null];
  node;

  /**
   * @param {import("./daemon.js").Daemon} daemon
   * @param {string} pool
   */
  constructor(daemon, pool) {
    this.#daemon = daemon;
    this.#pool = pool;
    this.#table = new ServerTable(pool, (server) =>
      server === null ? this.#ring.point(...this.#found) : this.#ring.point(server),
    );
    this.#lookup = new KeyLookup(daemon, pool, (server, position) => {
      this.#found = [server, position];
      this.#ring.point(server, position);
    });
    this.node = element(
      "article",
      { class: "card", "data-pool": pool },
      element("h3", {}, pool),
      this.#figures,
      this.#discovery,
      element(
        "div",
        { class: "pool-body" },
        element("div", {}, this.#ring.node, this.#lookup.node),
        element("div", {}, this.#table.node, this.#others),
      ),
    );
  }

  /**
   * @param {any} pool as `/pools` tells it
   * @param {Rates} rates
   */
  show(pool, rates) {
    setText(this.#figures, summary(pool, rates));
    setText(this.#discovery, discovery(pool.discovery));
    this.#table.show(pool, rates, this.#shares);
    setText(this.#others, others(pool));
    this.#ring.setReady(pool.servers_by_state.ready, pool.servers_total);
    const shape = JSON.stringify([
      pool.distribution,
      pool.hash,
      pool.servers_total,
      pool.servers_by_state,
      pool.servers.map((/** @type {any} */ { server, weight, state }) => [server, weight, state]),
    ]);
    if (shape !== this.#drawn) void this.#draw(shape);
  }

  /** Has the ring asked for again, since it is that of another daemon. */
  forget() {
    this.#drawn = "";
  }

  /** @param {string} shape */
  async #draw(shape) {
    this.#drawn = shape;
    try {
      const layout = await this.#daemon.get(`ring/${inUrl(this.#pool)}`);
      if (this.#drawn !== shape) return;
      this.#shares = new Map(layout.servers.map((/** @type {any} */ { server, share }) => [server, share]));
      this.#ring.draw(this.#pool, layout);
      await this.#lookup.refresh();
    } catch {
      // The next round tries again.
      this.#drawn = "";
    }
  }
}

/**
 * @param {any} pool
 * @param {Rates} rates
 */
function summary(pool, rates) {
  const name = JSON.stringify(pool.pool);
  const { hits = 0, misses = 0, responses = {} } = pool;
  return [
    `${pool.protocol}, ${pool.distribution}`,
    `${perSecond(rates.of(`${name} requests`, pool.requests))} requests`,
    `${perSecond(rates.of(`${name} errors`, sum(pool.errors)))} errors`,
    `${pool.requests_in_flight} in flight`,
    `p50 ${micros(pool.request_recent_p50_us)}`,
    `p99 ${micros(pool.request_recent_p99_us)}`,
    ...(hits + misses > 0 ? [`${percent(hits / (hits + misses))} hits`] : []),
    ...Object.entries(responses).map(
      ([kind, count]) =>
        `${kind === "none" ? "unanswered" : kind} ${perSecond(rates.of(`${name} ${kind}`, count))}`,
    ),
  ].join(" · ");
}

/**
 * What the table leaves out: of a large pool the daemon tells the first servers only.
 * @param {any} pool
 */
function others({ servers, servers_total, servers_by_state }) {
  if (servers_total <= servers.length) return "";
  const shown = servers.filter((/** @type {any} */ { state }) => state === "ejected").length;
  const ejected = servers_by_state.ejected - shown;
  return `and ${servers_total - servers.length} more, ${ejected} of them ejected: see podmate status`;
}

/** @param {any} found */
function discovery(found) {
  if (found === undefined) return "";
  const { source, target, servers, error } = found;
  const count = servers === null ? "nothing yet" : `${servers} servers`;
  return `Found by ${source} ${target}: ${count}${error === null ? "" : `; it fails now: ${error}`}`;
}
