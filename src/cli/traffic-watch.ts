import { setTimeout as pause } from "node:timers/promises";
import { AdminUnreachable } from "./admin-client.ts";
import { drawPage, enterPage, lastOffset, leavePage } from "./live-page.ts";
import type { Traffic, Trends } from "./traffic.ts";
import {
  columnsLeftOut,
  type PageLine,
  type PageOptions,
  type Sorting,
  stateLine,
  trafficPage,
  verdictLines,
} from "./traffic-page.ts";
import type { Screen, Terminal } from "./verb.ts";
import { afterKey, keyHelp, type WatchState } from "./watch-keys.ts";

/** What is watched. */
export interface Watched {
  take(): Promise<Traffic>;
  /** What the last minute was like; undefined where the daemon does not know. */
  trends(): Promise<Trends | undefined>;
  /** The last lines of the log. */
  lines(): Promise<readonly PageLine[]>;
}

const endingSignals = ["SIGINT", "SIGTERM", "SIGHUP"];
/** Reasons of the verdict that are written out. */
const mostReasons = 3;

/** Draws what goes on every `interval` ms, until it is ended; the terminal is then as it was before. */
export async function watchTraffic(
  watched: Watched,
  screen: Screen,
  terminal: Terminal,
  options: { readonly sort: Sorting; readonly interval: number },
): Promise<void> {
  const end = new AbortController();
  const ended = new Promise<void>((resolve) => end.signal.addEventListener("abort", () => resolve()));
  const colour = !terminal.env["NO_COLOR"];
  let state: WatchState = {
    sort: options.sort,
    filter: "",
    typing: false,
    help: false,
    offset: 0,
    ended: false,
  };
  let seen: Seen | null = null;
  let trouble = "";

  const draw = (): void => {
    if (end.signal.aborted) return;
    const size = screen.size();
    const { top, body, bottom } = pageOf(seen, trouble, state, size.columns);
    const offset = Math.max(0, Math.min(state.offset, lastOffset(top.length, body.length, size)));
    state = { ...state, offset };
    terminal.out(drawPage({ top, body, bottom, offset }, size, colour));
  };
  const onKey = (key: string): void => {
    state = afterKey(state, key);
    if (state.ended) end.abort();
    draw();
  };
  const stop = (): void => end.abort();

  for (const signal of endingSignals) terminal.signals.on(signal, stop);
  for (const signal of ["SIGWINCH", "SIGCONT"]) terminal.signals.on(signal, draw);
  terminal.out(enterPage);
  const releaseKeys = screen.readKeys(onKey);
  try {
    while (!end.signal.aborted) {
      draw();
      const answer = await Promise.race([ask(watched), ended]);
      if (answer === undefined) break;
      if (typeof answer === "string") trouble = answer;
      else [seen, trouble] = [answer, ""];
      draw();
      await pause(options.interval, undefined, { signal: end.signal }).catch(() => {});
    }
  } finally {
    releaseKeys();
    terminal.out(leavePage);
    for (const signal of endingSignals) terminal.signals.off(signal, stop);
    for (const signal of ["SIGWINCH", "SIGCONT"]) terminal.signals.off(signal, draw);
  }
}

/** What was seen last. */
interface Seen {
  readonly traffic: Traffic;
  readonly trends: Trends | undefined;
  readonly log: readonly PageLine[];
}

interface Page {
  readonly top: readonly PageLine[];
  readonly body: readonly PageLine[];
  readonly bottom: readonly PageLine[];
}

function pageOf(seen: Seen | null, trouble: string, state: WatchState, width: number): Page {
  const { sort, filter, help } = state;
  const first: PageLine =
    trouble === ""
      ? { text: seen === null ? "asking …" : stateLine(seen.traffic), look: "title" }
      : { text: trouble, look: "bad" };
  if (help) return { top: [first], body: helpLines(), bottom: [] };
  if (seen === null) return { top: [first, hintLine(state, [])], body: [], bottom: [] };
  const { traffic, trends, log } = seen;
  const options: PageOptions = { sort, width, filter, ...(trends && { trends }) };
  const body = trafficPage(traffic, options);
  const isEmpty = body.length === 0 && filter !== "";
  return {
    top: [first, ...verdictLines(traffic, mostReasons), hintLine(state, columnsLeftOut(traffic, options))],
    body: isEmpty ? [{ text: "" }, { text: "No server fits the filter." }] : body,
    bottom: log,
  };
}

function hintLine({ sort, filter, typing }: WatchState, leftOut: readonly string[]): PageLine {
  if (typing) return { text: `filter: ${filter}▏  Enter: keep   Escape: clear`, look: "title" };
  const parts = [
    `sorted by ${sort}`,
    ...(filter === "" ? [] : [`filter: ${filter}`]),
    ...(leftOut.length === 0 ? [] : [`no room for: ${leftOut.join(", ")}`]),
    "?: help",
    "q: quit",
  ];
  return { text: parts.join("   "), look: "faint" };
}

function helpLines(): PageLine[] {
  const width = Math.max(...keyHelp.map(([keys]) => keys.length));
  return [
    { text: "" },
    ...keyHelp.map(([keys, what]) => ({ text: `  ${keys.padEnd(width)}  ${what}` })),
    { text: "" },
    { text: "  Rates and hits are of the last interval, p50 and p99 of the last 5 to 10 s." },
    { text: "  err/s: requests without a good answer; HTTP: a status of 500 or more." },
  ];
}

/** What there is to see, or why there is nothing: a daemon that is gone may come back. */
async function ask(watched: Watched): Promise<Seen | string> {
  try {
    return { traffic: await watched.take(), trends: await watched.trends(), log: await watched.lines() };
  } catch (error) {
    if (!(error instanceof AdminUnreachable)) throw error;
    return error.message;
  }
}
