import { type Sorting, sortings } from "./traffic-page.ts";

/** What the reader of `top` has chosen. */
export interface WatchState {
  readonly sort: Sorting;
  readonly filter: string;
  /** Whether what is typed goes to the filter. */
  readonly typing: boolean;
  readonly help: boolean;
  /** Lines by which the page is scrolled; may be beyond its ends. */
  readonly offset: number;
  readonly ended: boolean;
}

/** What the keys do, for people. */
export const keyHelp: readonly (readonly [keys: string, what: string])[] = [
  ["s, S", "sort the servers of each pool by the next figure, or by the one before"],
  ["/", "filter by pool, server, address or state; Enter keeps it, Escape clears it"],
  ["↑ ↓, k j", "scroll by a line; PgUp and PgDn by ten"],
  ["?", "show or hide this help"],
  ["q, Ctrl-C", "quit"],
];

/** What the keys send: Ctrl-C and Ctrl-D end it as `q` does. */
const interrupts = new Set(["\x03", "\x04"]);
const erase = new Set(["\x7f", "\b"]);
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
const longestFilter = 60;

/** The state after a key. */
export function afterKey(state: WatchState, key: string): WatchState {
  if (interrupts.has(key)) return { ...state, ended: true };
  return state.typing ? whileTyping(state, key) : command(state, key);
}

function command(state: WatchState, key: string): WatchState {
  switch (key) {
    case "q":
    case "Q":
      return { ...state, ended: true };
    case "?":
    case "h":
      return { ...state, help: !state.help, offset: 0 };
    case "/":
      return { ...state, typing: true, help: false };
    case "\x1b":
      return { ...state, filter: "", help: false };
    case "s":
      return { ...state, sort: neighbour(state.sort, 1) };
    case "S":
      return { ...state, sort: neighbour(state.sort, -1) };
    default:
      return { ...state, offset: state.offset + (scrolling[key] ?? 0) };
  }
}

function whileTyping(state: WatchState, key: string): WatchState {
  if (key === "\r" || key === "\n") return { ...state, typing: false };
  if (key === "\x1b") return { ...state, typing: false, filter: "" };
  if (erase.has(key)) return { ...state, filter: state.filter.slice(0, -1) };
  const isText = key.length === 1 && key >= " " && key <= "~";
  return isText ? { ...state, filter: (state.filter + key).slice(0, longestFilter), offset: 0 } : state;
}

function neighbour(sort: Sorting, step: number): Sorting {
  return sortings[(sortings.indexOf(sort) + step + sortings.length) % sortings.length]!;
}
