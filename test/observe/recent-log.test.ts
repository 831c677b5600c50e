import t from "tap";
import { type RecentLine, RecentLog } from "../../src/observe/recent-log.ts";

const texts = (lines: readonly RecentLine[]) => lines.map((line) => line.text);

t.test("keeps the last lines", async (t) => {
  const recent = new RecentLog({ lines: 3, characters: 1_000 });
  for (const text of ["a", "b", "c", "d"]) recent.add("info", text);
  t.same(texts(recent.lines()), ["b", "c", "d"]);
  t.same(recent.lines()[0], { sequence: 2, level: "info", text: "b" });
});

t.test("keeps so many characters in all, and no line that is most of them", async (t) => {
  const recent = new RecentLog({ lines: 100, characters: 80 });
  for (let i = 0; i < 20; i++) recent.add("info", `line ${10 + i}`);
  t.equal(texts(recent.lines()).join("").length, 77);
  recent.add("info", "x".repeat(11));
  t.equal(recent.lines().at(-1)?.text, "line 29");
  recent.add("info", "after");
  t.equal(recent.lines().at(-1)?.sequence, 22);
});

t.test("filters by level, place and number", async (t) => {
  const recent = new RecentLog();
  recent.add("debug", "a");
  recent.add("error", "b");
  recent.add("info", "c");
  recent.add("fatal", "d");
  t.same(texts(recent.lines({ level: "info" })), ["b", "c", "d"]);
  t.same(texts(recent.lines({ after: 2 })), ["c", "d"]);
  t.same(texts(recent.lines({ level: "error", limit: 1 })), ["d"]);
  t.same(recent.lines({ limit: 0 }), []);
});

t.test("a follower gets each new line until it lets go", async (t) => {
  const recent = new RecentLog();
  const seen: string[] = [];
  recent.add("info", "before");
  const unfollow = recent.follow((line) => seen.push(line.text));
  recent.add("info", "during");
  unfollow();
  recent.add("info", "after");
  t.same(seen, ["during"]);
});
