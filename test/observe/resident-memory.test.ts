import t from "tap";
import { residentMemory } from "../../src/observe/resident-memory.ts";

t.test("without a free file descriptor, the last known figure is told", async (t) => {
  const known = residentMemory();
  t.ok(known > 1e6);
  const { rss } = process.memoryUsage;
  t.teardown(() => {
    process.memoryUsage.rss = rss;
  });
  process.memoryUsage.rss = () => {
    throw Object.assign(new Error("EMFILE: too many open files, uv_resident_set_memory"), { code: "EMFILE" });
  };
  t.equal(residentMemory(), known);
});
