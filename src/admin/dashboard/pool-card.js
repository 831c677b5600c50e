import { inUrl, Refusal } from "./daemon.js";
import { element, setText } from "./element.js";
import { micros, percent, plural, rate } from "./format.js";
import { HotKeys } from "./hot-keys.js";
import { KeyLookup } from "./key-lookup.js";
import { ServerTable } from "./server-table.js";
import { ShareBar } from "./share-bar.js";
import { Sparkline } from "./sparkline.js";

/**
 * @typedef {{
 *   daemon: import("./daemon.js").Daemon,
 *   rates: import("./rates.js").Rates,
 *   history: import("./history.js").History,
 *   options: import("./view-options.js").ViewOptions,
 *   mayChange: () => boolean,
 * }} Context
 */

/** The figures of a pool: a word, and the series that is drawn beside it, if any. */
const figures = /** @type {const} */ ([
  ["req/s", "requests_per_second", "main"],
  ["failed/s", "failed_per_second", "bad"],
  ["p50", null, "main"],
  ["p99", "request_p99_us", "main"],
  ["hits", null, "main"],
]);

/** A pool: its figures, who has which part of the keys, its servers, its hot keys, and the search for a key. */
export class PoolCard {
  #kind = element("small");
  #values = figures.map(() => element("b", {}, "–"));
  #sparks = figures.map(([, , kind]) => new Sparkline(kind));
  #boxes = figures.map(([label, column], at) =>
    element(
      "span",
      { class: "figure" },
      this.#values[at] ?? "",
      element("small", {}, label),
      column === null ? "" : (this.#sparks[at]?.node ?? ""),
    ),
  );
  #note = element("p", { class: "faint" });
  #bar = new ShareBar();
  #hotKeys = new HotKeys();
  #others = element("p", { class: "faint" });
  #result = element("p", { role: "status", class: "result" });
  #context;
  #pool;
  #lookup;
  #table;
  /** What the shares were asked for; they are asked for again when that has changed. */
  #drawn = "";
  /** @type {Map<string, number>} */
  #shares = new Map();
  /** @type {string | null} */
  #found = null;
  node;

  /**
   * @param {Context} context
   * @param {string} pool
   */
  constructor(context, pool) {
    this.#context = context;
    this.#pool = pool;
    this.#table = new ServerTable(
      pool,
      context.options,
      (server) => this.#bar.point(server ?? this.#found),
      (server) => void this.#drain(server),
    );
    this.#lookup = new KeyLookup(context.daemon, pool, (server) => {
      this.#found = server;
      this.#bar.point(server);
    });
    this.node = element(
      "article",
      { class: "card", "data-pool": pool },
      element(
        "div",
        { class: "pool-head" },
        element("h3", {}, pool, " ", this.#kind),
        element("div", { class: "figures" }, ...this.#boxes),
      ),
      this.#note,
      this.#bar.node,
      element("div", { class: "table-room" }, this.#table.node),
      this.#others,
      this.#result,
      this.#lookup.node,
      this.#hotKeys.node,
    );
  }

  /**
   * @param {any} pool as `/pools` tells it
   * @param {number} now on the daemon's clock, in ms since the Unix epoch
   */
  show(pool, now) {
    const { rates, history, mayChange } = this.#context;
    const name = JSON.stringify(pool.pool);
    setText(this.#kind, `${pool.protocol}, ${pool.distribution} ${pool.hash}`);
    const found = rates.of(`${name} hits`, pool.hits ?? 0);
    const missed = rates.of(`${name} misses`, pool.misses ?? 0);
    const failed = rates.of(`${name} failed`, pool.requests_failed);
    const hasKeys = pool.hits !== undefined;
    const asked = (found ?? 0) + (missed ?? 0);
    const texts = [
      rate(rates.of(`${name} requests`, pool.requests)),
      rate(failed),
      micros(pool.request_recent_p50_us),
      micros(pool.request_recent_p99_us),
      percent(asked > 0 ? (found ?? 0) / asked : null),
    ];
    figures.forEach(([label, column], at) => {
      const value = this.#values[at];
      if (value) setText(value, texts[at] ?? "");
      const box = this.#boxes[at];
      if (!box) return;
      box.hidden = label === "hits" && !hasKeys;
      if (column !== null) this.#sparks[at]?.draw(history.values(pool.pool, column));
    });
    this.#boxes[1]?.classList.toggle("trouble", (failed ?? 0) > 0);
    setText(this.#note, discovery(pool.discovery));
    const shown = this.#table.show(
      pool,
      (server) => {
        const id = JSON.stringify([pool.pool, server.server]);
        return {
          rate: rates.of(`${id} requests`, server.requests),
          failed: rates.of(`${id} failed`, server.requests_failed),
          share: this.#shares.get(server.server),
          requestHistory: history.values(`${pool.pool}/${server.server}`, "requests_per_second"),
          failedHistory: history.values(`${pool.pool}/${server.server}`, "failed_per_second"),
        };
      },
      mayChange(),
      now,
    );
    this.node.hidden = shown === 0 && pool.servers.length > 0;
    this.#bar.setStates(pool.servers);
    setText(this.#others, others(pool, shown));
    const shape = JSON.stringify([
      pool.distribution,
      pool.hash,
      pool.servers_total,
      pool.servers_by_state,
      pool.servers.map((/** @type {any} */ { server, weight, state }) => [server, weight, state]),
    ]);
    if (shape !== this.#drawn) void this.#draw(shape);
  }

  /** @param {any} report of `/hotkeys`; undefined where the pool does not count */
  showHotKeys(report) {
    this.#hotKeys.show(report);
  }

  /** Has the shares asked for again, for another daemon may answer. */
  forget() {
    this.#drawn = "";
  }

  /** @param {string} shape */
  async #draw(shape) {
    this.#drawn = shape;
    try {
      const layout = await this.#context.daemon.get(`ring/${inUrl(this.#pool)}`);
      if (this.#drawn !== shape) return;
      this.#shares = new Map(layout.servers.map((/** @type {any} */ { server, share }) => [server, share]));
      this.#bar.draw(this.#pool, layout);
      await this.#lookup.refresh();
    } catch {
      // The next round tries again.
      this.#drawn = "";
    }
  }

  /** Drains a server, or takes that back. @param {any} server */
  async #drain({ server, override }) {
    const isByHand = override?.state === "drain";
    const question = `Drain ${server}? It gets no new requests of pool ${this.#pool}, until that is undone.`;
    if (!isByHand && !window.confirm(question)) return;
    try {
      const path = `pools/${inUrl(this.#pool)}/servers/${inUrl(server)}`;
      await this.#context.daemon.post(path, { state: isByHand ? null : "drain" });
      setText(this.#result, isByHand ? `${server}: the drain is undone.` : `${server} drains.`);
    } catch (error) {
      const why = error instanceof Refusal ? error.message : "the daemon does not answer";
      setText(this.#result, `${server}: ${why}.`);
    }
  }
}

/**
 * What the table leaves out: of a large pool the daemon sends the first servers only.
 * @param {any} pool
 * @param {number} shown
 */
function others({ servers, servers_total, servers_by_state }, shown) {
  const parts = shown < servers.length ? [`${shown} of ${servers.length} shown`] : [];
  if (servers_total > servers.length) {
    const told = servers.filter((/** @type {any} */ { state }) => state === "ejected").length;
    const ejected = servers_by_state.ejected - told;
    parts.push(`and ${servers_total - servers.length} more, ${ejected} of them ejected: see podmate status`);
  }
  return parts.join("; ");
}

/** @param {any} found */
function discovery(found) {
  if (found === undefined) return "";
  const { source, target, servers, error } = found;
  const count = servers === null ? "no answer yet" : `${plural(servers, "server")} found`;
  return `${source} ${target}: ${count}${error === null ? "" : `; the last attempt failed: ${error}`}`;
}
