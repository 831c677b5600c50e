import t from "tap";
import { foldLines } from "../../src/cli/fold-lines.ts";

t.test("equal lines in a row are one, with the time of the last", async (t) => {
  const line = (sequence: number, msg: string) => ({
    sequence,
    time: `12:00:0${sequence}`,
    msg,
    waiting: 7 * sequence,
  });
  const folded = foldLines([line(1, "lost"), line(2, "lost"), line(3, "ejected"), line(4, "lost")]);
  t.same(folded, [
    { line: line(2, "lost"), times: 2 },
    { line: line(3, "ejected"), times: 1 },
    { line: line(4, "lost"), times: 1 },
  ]);
  t.same(foldLines([]), []);
});
