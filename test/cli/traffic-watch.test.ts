import { EventEmitter } from "node:events";
import t, { type Test } from "tap";
import { AdminUnreachable } from "../../src/cli/admin-client.ts";
import { drawPage, enterPage, leavePage } from "../../src/cli/live-page.ts";
import { trafficBetween, trendsOf } from "../../src/cli/traffic.ts";
import { watchTraffic } from "../../src/cli/traffic-watch.ts";
import type { Terminal } from "../../src/cli/verb.ts";
import { fineHistory, fineLayout, fineLifecycle, fineOverview, finePool } from "../support/fine-admin.ts";
import { until } from "../support/until.ts";

const fine = trafficBetween(null, {
  at: 0,
  version: "1.2.3",
  lifecycle: fineLifecycle,
  overview: fineOverview,
  pools: [finePool],
  rings: new Map([["sessions", fineLayout]]),
});

/** Starts to watch on a screen that keeps all that is drawn. */
function watch(t: Test, take: () => Promise<typeof fine> = async () => fine, interval = 3_600_000) {
  const signals = new EventEmitter();
  const drawn: string[] = [];
  const size = { columns: 80, rows: 24 };
  let typed: ((key: string) => void) | null = null;
  const terminal: Terminal = {
    out: (text) => void drawn.push(text),
    input: async () => "",
    flushed: async () => {},
    err: () => t.fail("nothing to say here"),
    env: { NO_COLOR: "1" },
    tty: true,
    signals,
    exit: () => {},
  };
  const screen = {
    size: () => size,
    readKeys(onKey: (key: string) => void) {
      typed = onKey;
      return () => {
        typed = null;
      };
    },
  };
  const trends = async () => trendsOf(fineHistory, 30);
  const watched = { take, trends, lines: async () => [{ text: "a line of the log" }] };
  const done = watchTraffic(watched, screen, terminal, { sort: "rate", interval });
  return {
    done,
    drawn,
    signals,
    size,
    type: (key: string) => typed?.(key),
    shows: (text: string) => until(() => drawn.at(-1)?.includes(text) === true, text),
    isReleased: () => typed === null && signals.eventNames().length === 0,
  };
}

for (const [name, end] of [
  ["q", ({ type }: ReturnType<typeof watch>) => type("q")],
  ["Ctrl-C", ({ type }: ReturnType<typeof watch>) => type("\x03")],
  ["SIGTERM", ({ signals }: ReturnType<typeof watch>) => void signals.emit("SIGTERM")],
] as const) {
  t.test(`it draws, and ${name} ends it and restores the terminal`, async (t) => {
    const top = watch(t);
    await top.shows("podmate 1.2.3 is ready");
    await top.shows("a line of the log");
    t.equal(top.drawn[0], enterPage);
    end(top);
    await top.done;
    t.equal(top.drawn.at(-1), leavePage);
    t.ok(top.isReleased());
  });
}

t.test("it ends at once, though the daemon is slow", async (t) => {
  const top = watch(t, () => new Promise(() => {}));
  await top.shows("asking");
  top.type("q");
  await top.done;
  t.equal(top.drawn.at(-1), leavePage);
});

t.test("the terminal is restored after a fault of its own", async (t) => {
  const top = watch(t, async () => {
    throw new TypeError("a bug");
  });
  await t.rejects(top.done, { message: "a bug" });
  t.equal(top.drawn.at(-1), leavePage);
  t.ok(top.isReleased());
});

t.test("a daemon that is gone is told of, above what was known last", async (t) => {
  let gone = false;
  const take = async () => {
    if (gone) throw new AdminUnreachable("no daemon answers");
    return fine;
  };
  const top = watch(t, take, 1);
  await top.shows("is ready");
  gone = true;
  await top.shows("podmate: no daemon answers");
  t.match(top.drawn.at(-1), "cache-a");
  gone = false;
  await top.shows("is ready");
  top.type("q");
  await top.done;
});

t.test("s sorts otherwise, another size of the screen is drawn at once, and arrows scroll", async (t) => {
  const top = watch(t);
  await top.shows("a line of the log");
  t.match(top.drawn.at(-1), "sorted by rate");
  top.type("s");
  await top.shows("sorted by errors");
  top.size.rows = 3;
  top.signals.emit("SIGWINCH");
  const lines = () => top.drawn.at(-1)!.split("\r\n").length;
  t.equal(lines(), 3);
  t.notMatch(top.drawn.at(-1), "cache-a");
  for (let i = 0; i < 9; i++) top.type("\x1b[B");
  t.match(top.drawn.at(-1), "cache-a");
  t.equal(lines(), 3);
  top.type("q");
  await top.done;
});

t.test("? helps, / filters, and Escape takes the filter away", async (t) => {
  const top = watch(t);
  await top.shows("cache-a");
  top.type("?");
  t.match(top.drawn.at(-1), "sort the servers of each pool");
  t.notMatch(top.drawn.at(-1), "cache-a");
  top.type("?");
  t.match(top.drawn.at(-1), "cache-a");
  for (const key of ["/", "n", "q", "x", "\x7f"]) top.type(key);
  t.match(top.drawn.at(-1), "filter: nq▏");
  t.match(top.drawn.at(-1), "No server fits the filter.");
  top.type("\r");
  t.match(top.drawn.at(-1), "filter: nq   ");
  top.type("\x1b");
  t.match(top.drawn.at(-1), "cache-a");
  for (const key of ["/", "a", "\r", "S"]) top.type(key);
  t.match(top.drawn.at(-1), "sorted by config   filter: a");
  top.type("q");
  await top.done;
});

t.test("colours are those of the parts, within the width", async (t) => {
  const line = {
    text: "a bad 12.0",
    look: "title" as const,
    marks: [
      { at: 2, length: 3, look: "bad" as const },
      { at: 6, length: 4, look: "trend" as const },
    ],
  };
  const drawn = (columns: number) =>
    drawPage({ top: [line], body: [], bottom: [], offset: 0 }, { rows: 1, columns }, true);
  t.match(drawn(80), "\x1b[1ma \x1b[0;31mbad\x1b[0m\x1b[1m \x1b[0;36m12.0\x1b[0m");
  t.match(drawn(4), "\x1b[1ma \x1b[0;31mba\x1b[0m");
  t.notMatch(drawn(4), "12");
});

t.test("no page is larger than the screen", async (t) => {
  const lines = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ text: `${i}${"x".repeat(200)}` }));
  for (const [rows, columns] of [
    [24, 80],
    [5, 20],
    [1, 1],
  ] as const) {
    for (const body of [0, 3, 100]) {
      const page = { top: lines(2), body: lines(body), bottom: lines(20), offset: 0 };
      const drawn = drawPage(page, { rows, columns }, true).split("\r\n");
      t.ok(drawn.length <= rows, `${drawn.length} lines on ${rows}`);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what is drawn is told from how
      for (const line of drawn) t.ok(line.replace(/\x1b\[[\d;]*[A-Za-z]/g, "").length <= columns);
    }
  }
});
