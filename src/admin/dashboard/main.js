import { Daemon, Refusal } from "./daemon.js";
import { setText } from "./element.js";
import { clockTime } from "./format.js";
import { LifecyclePanel } from "./lifecycle-panel.js";
import { LogView } from "./log-view.js";
import { PoolCard } from "./pool-card.js";
import { Rates } from "./rates.js";

/** How long after an answer the daemon is asked again, in ms. */
const askEvery = 1_000;

const daemon = new Daemon();
const rates = new Rates();
const lifecycle = new LifecyclePanel(daemon);
const log = new LogView();
/** @type {Map<string, PoolCard>} */
const cards = new Map();
/** Whether the daemon that answers is known: one that comes back may be another. */
let isKnown = false;
let lastAnswer = Date.now();

byId("lifecycle").append(lifecycle.node);
byId("log").append(log.node);
log.follow();
await round();

/** Asks, shows, and asks again: never twice at once, and not while nobody looks. */
async function round() {
  if (!document.hidden) {
    try {
      if (!isKnown) await meet();
      const [pools, life] = await Promise.all([daemon.all("pools", "pools"), daemon.get("lifecycle")]);
      showPools(pools);
      lifecycle.show(life);
      lastAnswer = Date.now();
      setGone("");
      log.followAgain();
    } catch (error) {
      isKnown = false;
      rates.forget();
      const reason = error instanceof Refusal ? ` (${error.message})` : "";
      setGone(`No answer since ${clockTime(lastAnswer)}${reason}; still trying. What is shown is of then.`);
    }
  }
  setTimeout(round, askEvery);
}

async function meet() {
  const { version } = await daemon.get("version");
  setText(byId("version"), version);
  await lifecycle.learnAccess();
  for (const card of cards.values()) card.forget();
  isKnown = true;
}

/** @param {any[]} pools */
function showPools(pools) {
  rates.begin(performance.now());
  for (const pool of pools) {
    let card = cards.get(pool.pool);
    if (card === undefined) {
      card = new PoolCard(daemon, pool.pool);
      cards.set(pool.pool, card);
      byId("pools").append(card.node);
    }
    card.show(pool, rates);
  }
  const names = new Set(pools.map(({ pool }) => pool));
  for (const [name, card] of cards) {
    if (names.has(name)) continue;
    card.node.remove();
    cards.delete(name);
  }
}

/** @param {string} text empty: it is there */
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
