import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import t from "tap";
import { settleTime, watchFolders } from "../../src/core/folder-watch.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { tempDir } from "../support/temp-dir.ts";

t.test("every folder is watched that can be, and the others are told", async (t) => {
  const folder = await tempDir(t);
  const one = join(folder, "one");
  const two = join(folder, "two");
  await Promise.all([mkdir(one), mkdir(two)]);
  const clock = new FakeClock();
  const broken: string[] = [];
  let settled = 0;
  const stop = watchFolders(
    [join(one, "cert"), join(one, "key"), join(folder, "absent", "ca"), join(two, "ca")],
    clock,
    () => settled++,
    (_error, folder) => broken.push(folder),
  );
  t.same(broken, [join(folder, "absent")]);

  for (const [round, place] of [one, two].entries()) {
    await writeFile(join(place, "anything"), "new");
    while (clock.pending === 0) await turn();
    t.equal(settled, round, "not before the folders are quiet");
    clock.advance(settleTime);
    t.equal(settled, round + 1);
    // Further events of the same write.
    while (clock.pending > 0) clock.advance(settleTime);
    settled = round + 1;
  }
  stop();
  t.equal(clock.pending, 0);
});
