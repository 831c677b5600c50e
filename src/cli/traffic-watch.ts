import { setTimeout as pause } from "node:timers/promises";
import { AdminUnreachable } from "./admin-client.ts";
import { drawPage, enterPage, lastOffset, leavePage } from "./live-page.ts";
import type { Traffic } from "./traffic.ts";
import { type PageLine, type Sorting, sortings, stateLine, trafficPage } from "./traffic-page.ts";
import type { Screen, Terminal } from "./verb.ts";

/** What is watched. */
export interface Watched {
  take(): Promise<Traffic>;
  /** The last lines of the log. */
  lines(): Promise<readonly string[]>;
}

const endingSignals = ["SIGINT", "SIGTERM", "SIGHUP"];
/** What the keys send: Ctrl-C and Ctrl-D end it as `q` does. */
const endingKeys = new Set(["q", "Q", "\x03", "\x04"]);
const scrolling: Readonly<Record<string, number>> = {
  "\x1b[A": -1,
  "\x1bOA": -1,
  k: -1,
  "\x1b[B": 1,
  "\x1bOB": 1,
  j: 1,
  "\x1b[5~": -10,
  "\x1b[6~": 10,
};

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
  let { sort } = options;
  let offset = 0;
  let traffic: Traffic | null = null;
  let log: readonly string[] = [];
  let trouble = "";

  const draw = (): void => {
    if (end.signal.aborted) return;
    const size = screen.size();
    const top: PageLine[] = [
      trouble === ""
        ? { text: traffic === null ? "asking …" : stateLine(traffic), look: "title" }
        : { text: trouble, look: "bad" },
      { text: `sorted by ${sort}   s: sort otherwise   ↑ ↓: scroll   q: end` },
    ];
    const body = traffic === null ? [] : trafficPage(traffic, { sort, width: size.columns });
    offset = Math.max(0, Math.min(offset, lastOffset(top.length, body.length, size)));
    const bottom = log.map((text) => ({ text }));
    terminal.out(drawPage({ top, body, bottom, offset }, size, colour));
  };
  const onKey = (key: string): void => {
    if (endingKeys.has(key)) end.abort();
    if (key === "s") sort = sortings[(sortings.indexOf(sort) + 1) % sortings.length]!;
    offset += scrolling[key] ?? 0;
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
      const asked = ask(watched);
      const answer = await Promise.race([asked, ended]);
      if (answer === undefined) break;
      trouble = answer.trouble;
      if (answer.trouble === "") ({ traffic, log } = answer);
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

type Asked =
  | { readonly trouble: ""; readonly traffic: Traffic; readonly log: readonly string[] }
  | { readonly trouble: string; readonly traffic: null; readonly log: readonly string[] };

/** A daemon that is gone may come back. */
async function ask(watched: Watched): Promise<Asked> {
  try {
    return { trouble: "", traffic: await watched.take(), log: await watched.lines() };
  } catch (error) {
    if (!(error instanceof AdminUnreachable)) throw error;
    return { trouble: error.message, traffic: null, log: [] };
  }
}
