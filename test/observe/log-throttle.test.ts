import t from "tap";
import type { LogLevel } from "../../src/observe/log-level.ts";
import { LogThrottle, type ThrottleLimits } from "../../src/observe/log-throttle.ts";
import { FakeClock } from "../support/fake-clock.ts";

const limits: ThrottleLimits = { burst: 2, window: 1_000, lines: 3 };

function throttled() {
  const clock = new FakeClock();
  const lines: [LogLevel, Record<string, unknown>, string][] = [];
  const throttle = new LogThrottle((...line) => lines.push(line), clock, limits);
  return { clock, lines, throttle };
}

t.test("of equal lines the first few pass, and the next window's first says how many did not", async (t) => {
  const { clock, lines, throttle } = throttled();
  for (let i = 0; i < 5; i++) throttle.log("warn", { server: "a", attempt: i }, "connect failed");
  t.same(lines, [
    ["warn", { server: "a", attempt: 0 }, "connect failed"],
    ["warn", { server: "a", attempt: 1 }, "connect failed"],
  ]);
  clock.advance(999);
  throttle.log("warn", { server: "a", attempt: 5 }, "connect failed");
  t.equal(lines.length, 2);
  throttle.close();
  t.same(lines.at(-1), ["warn", { server: "a", attempt: 5, suppressed: 4 }, "connect failed"]);
  t.equal(throttle.suppressed, 4);
  t.equal(clock.pending, 0);
});

t.test("a storm that ends is summed up when its window is over", async (t) => {
  const { clock, lines, throttle } = throttled();
  for (let i = 0; i < 3; i++) throttle.log("warn", { server: "a" }, "down");
  clock.advance(1_000);
  t.same(lines.at(-1), ["warn", { server: "a", suppressed: 1 }, "down"]);
  t.equal(lines.length, 3);
  t.equal(clock.pending, 0);
  throttle.log("warn", { server: "a" }, "down");
  t.same(lines.at(-1), ["warn", { server: "a" }, "down"]);
});

t.test("a line after the window carries what is owed", async (t) => {
  const clock = new FakeClock();
  const lines: Record<string, unknown>[] = [];
  const throttle = new LogThrottle((_, fields) => lines.push({ ...fields }), clock, limits);
  throttle.log("warn", {}, "first");
  clock.advance(500);
  for (let i = 0; i < 4; i++) throttle.log("warn", { server: "a" }, "down");
  clock.jump(1_000);
  throttle.log("warn", { server: "a" }, "down");
  t.same(lines.at(-1), { server: "a", suppressed: 2 });
  throttle.close();
});

t.test("another server, module, level or message is another line", async (t) => {
  const { lines, throttle } = throttled();
  throttle.log("warn", { server: "a" }, "down");
  throttle.log("warn", { server: "b" }, "down");
  throttle.log("error", { server: "a" }, "down");
  throttle.log("warn", { server: "a", module: "upstream" }, "down");
  throttle.log("warn", { server: "a" }, "up");
  t.equal(lines.length, 5);
});

t.test("what a worker has left out is counted on", async (t) => {
  const { clock, lines, throttle } = throttled();
  throttle.log("warn", {}, "down");
  throttle.log("warn", {}, "down");
  throttle.log("warn", { suppressed: 10 }, "down");
  clock.advance(1_000);
  t.same(lines.at(-1), ["warn", { suppressed: 11 }, "down"]);
});

t.test("different lines are remembered up to a bound, and nothing owed is lost", async (t) => {
  const { lines, throttle } = throttled();
  for (let i = 0; i < 4; i++) throttle.log("info", {}, "first");
  for (const message of ["second", "third", "fourth"]) throttle.log("info", {}, message);
  t.same(
    lines.find(([, fields]) => "suppressed" in fields),
    ["info", { suppressed: 2 }, "first"],
  );
  throttle.close();
});

t.test("debug and trace are never left out", async (t) => {
  const { lines, throttle } = throttled();
  for (let i = 0; i < 10; i++) throttle.log("debug", {}, "detail");
  t.equal(lines.length, 10);
});
