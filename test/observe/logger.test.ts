import t from "tap";
import type { LogLevel } from "../../src/observe/log-level.ts";
import { startLogger } from "../../src/observe/logger.ts";
import { RecentLog } from "../../src/observe/recent-log.ts";
import { FakeClock } from "../support/fake-clock.ts";

async function logger(level: LogLevel) {
  const lines: string[] = [];
  const recent = new RecentLog();
  const clock = new FakeClock();
  let flushed = 0;
  const output = {
    write: (line: string) => void lines.push(line),
    flush: async () => void flushed++,
    dropped: 0,
  };
  const log = startLogger({ level, clock, recent, output });
  return { log, lines, recent, clock, flushed: () => flushed };
}

t.test("a line is JSON with level, time, module, fields and message", async (t) => {
  const { log, lines } = await logger("info");
  log.child("upstream")("warn", { server: "a", err: new Error("refused") }, "connect failed");
  t.ok(lines[0]?.endsWith("\n"));
  t.match(JSON.parse(lines[0]!), {
    level: "warn",
    time: "2026-01-01T00:00:00.000Z",
    module: "upstream",
    server: "a",
    err: { type: "Error", message: "refused" },
    msg: "connect failed",
  });
});

t.test("the level decides, that of the module where it has one", async (t) => {
  const { log, lines } = await logger("info");
  const other = log.child("other");
  log.log("debug", {}, "unseen");
  other("debug", {}, "unseen");
  t.equal(lines.length, 0);
  log.levels.set("debug", "other");
  log.log("debug", {}, "unseen");
  other("debug", {}, "seen");
  t.equal(lines.length, 1);
  t.equal(log.levels.turn(1), "debug");
  log.log("debug", {}, "seen");
  t.match(JSON.parse(lines[1]!), { module: "daemon", msg: "seen" });
  t.same(log.levels.modules, ["daemon", "other"]);
});

t.test("every line written is kept as a recent one, with its marks", async (t) => {
  const { log, lines, recent, clock } = await logger("info");
  log.child("upstream")("error", { pool: "p" }, "one");
  log.log("debug", {}, "two");
  const marks = { level: "error", time: clock.wall(), module: "upstream", pool: "p" };
  t.same([...recent.lines()], [{ sequence: 1, ...marks, text: lines[0]!.trimEnd() }]);
});

t.test("a storm is cut short; closing writes what is owed and flushes", async (t) => {
  const { log, lines, clock, flushed } = await logger("info");
  for (let i = 0; i < 100; i++) log.log("warn", { server: "a" }, "down");
  t.equal(lines.length, 5);
  t.equal(log.suppressed, 95);
  await log.close();
  t.match(JSON.parse(lines.at(-1)!), { server: "a", suppressed: 95 });
  t.equal(flushed(), 1);
  t.equal(clock.pending, 0);
});

t.test("fields that JSON cannot hold do not throw", async (t) => {
  const { log, lines } = await logger("info");
  const circle: Record<string, unknown> = { big: 1n };
  circle["self"] = circle;
  log.log("info", { circle }, "odd");
  t.equal(JSON.parse(lines[0]!).msg, "odd");
});
