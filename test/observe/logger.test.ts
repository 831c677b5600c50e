import t from "tap";
import type { LogLevel } from "../../src/observe/log-level.ts";
import { descriptorOutput, startLogger } from "../../src/observe/logger.ts";
import { RecentLog } from "../../src/observe/recent-log.ts";
import { FakeClock } from "../support/fake-clock.ts";

async function logger(level: LogLevel) {
  const lines: string[] = [];
  const recent = new RecentLog();
  const clock = new FakeClock();
  let flushed = 0;
  const output = { write: (line: string) => void lines.push(line), flush: () => void flushed++ };
  const log = await startLogger({ level, clock, recent, output });
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

t.test("the level decides, and can be turned", async (t) => {
  const { log, lines } = await logger("info");
  log.log("debug", {}, "unseen");
  t.equal(lines.length, 0);
  t.equal(log.turn(1), "debug");
  log.log("debug", {}, "seen");
  t.equal(lines.length, 1);
  log.level = "fatal";
  t.equal(log.turn(-1), "fatal");
  log.log("error", {}, "unseen");
  t.equal(lines.length, 1);
  log.level = "trace";
  t.equal(log.turn(1), "trace");
});

t.test("every line written is kept as a recent one, with its level", async (t) => {
  const { log, lines, recent } = await logger("info");
  log.log("error", { pool: "p" }, "one");
  log.log("debug", {}, "two");
  t.same(recent.lines(), [{ sequence: 1, level: "error", text: lines[0]!.trimEnd() }]);
});

t.test("a storm is cut short; closing writes what is owed and flushes", async (t) => {
  const { log, lines, clock, flushed } = await logger("info");
  for (let i = 0; i < 100; i++) log.log("warn", { server: "a" }, "down");
  t.equal(lines.length, 5);
  t.equal(log.suppressed, 95);
  log.close();
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

t.test("an output on a descriptor can be flushed with nothing written", async (t) => {
  const output = await descriptorOutput(2);
  t.doesNotThrow(() => output.flush());
});
