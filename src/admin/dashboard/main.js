import { Charts } from "./charts.js";
import { Daemon, Refusal } from "./daemon.js";
import { setText } from "./element.js";
import { clockTime } from "./format.js";
import { History } from "./history.js";
import { LifecyclePanel } from "./lifecycle-panel.js";
import { ListenerTable } from "./listener-table.js";
import { LogView } from "./log-view.js";
import { PoolCard } from "./pool-card.js";
import { Rates } from "./rates.js";
import { VerdictPanel } from "./verdict-panel.js";
import { ViewOptions } from "./view-options.js";
import { Vitals } from "./vitals.js";

/** How long after an answer the daemon is asked again, in ms. */
const askEvery = 1_000;
/** Hot keys are asked for every so many rounds: the workers have to gather them. */
const hotKeysEvery = 5;

const daemon = new Daemon();
const rates = new Rates();
const history = new History();
const verdict = new VerdictPanel(byId("verdict"));
const vitals = new Vitals(byId("vitals"));
const charts = new Charts(byId("charts"));
const lifecycle = new LifecyclePanel(daemon);
const listeners = new ListenerTable();
const log = new LogView();
const options = new ViewOptions(() => showPools());
const context = { daemon, rates, history, options, mayChange: () => lifecycle.mayChange };
/** @type {Map<string, PoolCard>} */
const cards = new Map();
/** Whether the daemon that answers is known: one that comes back may be another. */
let isKnown = false;
let lastAnswer = Date.now();
let rounds = 0;
/** @type {{ pools: any[], now: number }} */
let shown = { pools: [], now: 0 };

byId("lifecycle").append(lifecycle.node);
byId("listeners").append(listeners.node);
byId("log").append(log.node);
document.querySelector(".toolbar")?.append(options.node);
log.follow();
await round();

/** Asks, shows, and asks again: never twice at once, and not while nobody looks. */
async function round() {
  if (!document.hidden) {
    try {
      if (!isKnown) await meet();
      const [pools, life, overview, past, ways] = await Promise.all([
        daemon.all("pools", "pools"),
        daemon.get("lifecycle"),
        daemon.get("overview"),
        daemon.get(`history?from=${history.next}`),
        daemon.all("listeners", "listeners"),
      ]);
      const hot = rounds++ % hotKeysEvery === 0 ? await daemon.all("hotkeys", "pools") : null;
      history.take(past);
      rates.begin(performance.now());
      shown = { pools, now: overview.now_unix_ms };
      verdict.show(overview.verdict, pools, requestRate(pools));
      vitals.show(overview);
      charts.show(history);
      showPools();
      listeners.show(ways, rates);
      if (hot !== null) showHotKeys(hot);
      lifecycle.show(life);
      lastAnswer = Date.now();
      setGone("");
      log.followAgain();
    } catch (error) {
      isKnown = false;
      rates.forget();
      const reason = error instanceof Refusal ? ` (${error.message})` : "";
      setGone(
        `No answer since ${clockTime(lastAnswer)}${reason}; still trying. Showing the last known state.`,
      );
    }
  }
  setTimeout(round, askEvery);
}

async function meet() {
  const { version } = await daemon.get("version");
  setText(byId("version"), version);
  await lifecycle.learnAccess();
  history.forget();
  rounds = 0;
  for (const card of cards.values()) card.forget();
  isKnown = true;
}

/** Shows the pools as they were told last: that is done again when the reader filters or sorts. */
function showPools() {
  const { pools, now } = shown;
  for (const pool of pools) {
    let card = cards.get(pool.pool);
    if (card === undefined) {
      card = new PoolCard(context, pool.pool);
      cards.set(pool.pool, card);
      byId("pools").append(card.node);
    }
    card.show(pool, now);
  }
  const names = new Set(pools.map(({ pool }) => pool));
  for (const [name, card] of cards) {
    if (names.has(name)) continue;
    card.node.remove();
    cards.delete(name);
  }
}

/** @param {any[]} reports */
function showHotKeys(reports) {
  const byPool = new Map(reports.map((report) => [report.pool, report]));
  for (const [pool, card] of cards) card.showHotKeys(byPool.get(pool));
}

/** Requests per second of all pools. @param {any[]} pools */
function requestRate(pools) {
  return rates.of(
    "all requests",
    pools.reduce((sum, { requests }) => sum + requests, 0),
  );
}

/** @param {string} text empty: the daemon answers */
function setGone(text) {
  const notice = byId("gone");
  document.body.classList.toggle("stale", text !== "");
  notice.hidden = text === "";
  setText(notice, text);
}

/** @param {string} id */
function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}
