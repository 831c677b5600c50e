import t from "tap";
import { TextLog } from "../../src/cli/text-log.ts";

t.test("a line of JSON goes on as a line of text; the rest is the output's", async (t) => {
  const lines: string[] = [];
  let flushed = 0;
  const output = { write: (line: string) => lines.push(line), flush: async () => void flushed++, dropped: 3 };
  const log = new TextLog(output, false);
  log.write('{"level":"warn","time":"2026-01-01T00:00:00.000Z","module":"m","server":"a","msg":"lost"}\n');
  t.same(lines, ["2026-01-01T00:00:00.000Z WARN  m  lost  server=a\n"]);
  await log.flush();
  t.same([flushed, log.dropped], [1, 3]);
  new TextLog(output, true).write('{"level":"error","time":"T","module":"m","msg":"x"}\n');
  t.match(lines[1], "\x1b[31mERROR\x1b[0m");
});
