import t from "tap";
import { logText } from "../../src/cli/log-text.ts";

const line = { sequence: 7, level: "warn", time: "2026-01-01T00:00:00.000Z", module: "ambassador" };

t.test("a line for people has its fields behind the message", async (t) => {
  const text = logText(
    JSON.stringify({
      ...line,
      pool: "p",
      server: "10.0.0.1:1",
      reason: "no answer",
      n: 3,
      msg: "server ejected",
    }),
    false,
  );
  t.equal(
    text,
    '2026-01-01T00:00:00.000Z WARN  ambassador  server ejected  pool=p  server=10.0.0.1:1  reason="no answer"  n=3',
  );
});

t.test("on a terminal the level has its colour", async (t) => {
  t.match(logText(JSON.stringify({ ...line, msg: "x" }), true), "\x1b[33mWARN \x1b[0m");
  t.notMatch(logText(JSON.stringify({ ...line, level: "info", msg: "x" }), true), "\x1b");
});

t.test("of an error the message is shown, of anything else its JSON", async (t) => {
  const err = { type: "Error", message: "refused", stack: "Error: refused\n  at x" };
  t.ok(
    logText(JSON.stringify({ ...line, err, list: ["a", 1], none: null, msg: "x" }), false).endsWith(
      'x  err="refused"  list=["a",1]  none=null',
    ),
  );
});

t.test("no terminal obeys what is in a line", async (t) => {
  const text = logText(
    JSON.stringify({ ...line, key: "\x1b[2J\x9b", "a\x07": 1, msg: "\x1b]0;x\x07" }),
    false,
  );
  t.notMatch(text, /\p{Cc}/u);
});

t.test("lines that are missing are told", async (t) => {
  t.equal(logText('{"dropped":12}', false), "(12 lines are missing here, which are not kept any more)");
});
