import t from "tap";
import type { LogLevel } from "../../src/observe/log-level.ts";
import { matches, type RecentFilter, type RecentLine, RecentLog } from "../../src/observe/recent-log.ts";

const marks = { level: "info" as LogLevel, time: 0, module: "daemon", pool: undefined };
const texts = (lines: Iterable<RecentLine>) => [...lines].map((line) => line.text);

function recentLog(texts: readonly string[], lines = 100, characters = 1_000) {
  const recent = new RecentLog({ lines, characters });
  for (const text of texts) recent.add(marks, text);
  return recent;
}

t.test("keeps the last lines", async (t) => {
  const recent = recentLog(["a", "b", "c", "d"], 3);
  t.same(texts(recent.lines()), ["b", "c", "d"]);
  t.same([...recent.lines()][0], { sequence: 2, ...marks, text: "b" });
  t.equal(recent.last, 4);
});

t.test("keeps so many characters in all, and no line that is most of them", async (t) => {
  const numbered = Array.from({ length: 20 }, (_, i) => `line ${10 + i}`);
  const recent = recentLog(numbered, 100, 80);
  t.equal(texts(recent.lines()).join("").length, 77);
  recent.add(marks, "x".repeat(11));
  t.equal(texts(recent.lines()).at(-1), "line 29");
  recent.add(marks, "after");
  t.equal([...recent.lines()].at(-1)?.sequence, 22);
  t.same(texts(recent.lines(20)), ["after"], "a number that is not kept has a place all the same");
});

t.test("gives the lines between two numbers", async (t) => {
  const recent = recentLog(["a", "b", "c", "d"]);
  t.same(texts(recent.lines(2)), ["c", "d"]);
  t.same(texts(recent.lines(1, 4)), ["b", "c"]);
  t.same(texts(recent.lines(4)), []);
  t.same(texts(new RecentLog().lines()), []);
});

t.test("a filter looks at level, module, pool and time", async (t) => {
  const line = { level: "warn", time: 100, module: "ambassador", pool: "p" } as const;
  const cases: readonly [RecentFilter, boolean][] = [
    [{}, true],
    [{ level: "info" }, true],
    [{ level: "warn" }, true],
    [{ level: "error" }, false],
    [{ modules: ["daemon", "ambassador"] }, true],
    [{ modules: ["daemon"] }, false],
    [{ pool: "p" }, true],
    [{ pool: "q" }, false],
    [{ since: 100, until: 101 }, true],
    [{ since: 101 }, false],
    [{ until: 100 }, false],
  ];
  for (const [filter, passes] of cases) t.equal(matches(line, filter), passes, JSON.stringify(filter));
});

t.test("a follower hears of each new line until it lets go", async (t) => {
  const recent = recentLog(["before"]);
  const seen: number[] = [];
  const unfollow = recent.follow(() => seen.push(recent.last));
  recent.add(marks, "during");
  unfollow();
  recent.add(marks, "after");
  t.same(seen, [2]);
});
