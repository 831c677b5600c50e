import t from "tap";
import { logPage } from "../../src/admin/log-page.ts";
import { RecentLog } from "../../src/observe/recent-log.ts";

/** 6 lines, of which the last 5 are kept: 2 error, 3 info, 4 error, 5 info, 6 error. */
function recentLog() {
  const recent = new RecentLog({ lines: 5, characters: 1_000 });
  for (let i = 1; i <= 6; i++) {
    const level = i % 2 === 0 ? "error" : "info";
    recent.add({ level, time: i, module: "daemon", pool: undefined }, "{}");
  }
  return recent;
}

const errors = { level: "error" } as const;

function page(filter: Parameters<typeof logPage>[1], range: Parameters<typeof logPage>[2]) {
  const { lines, ...rest } = logPage(recentLog(), filter, range);
  return { numbers: lines.map(({ sequence }) => sequence), ...rest };
}

t.test("without a place, the last lines", async (t) => {
  t.same(page({}, { limit: 2 }), { numbers: [5, 6], older: 5, newer: 6, dropped: 0 });
  t.same(page({}, { limit: 100 }), { numbers: [2, 3, 4, 5, 6], older: null, newer: 6, dropped: 0 });
  t.same(page(errors, { limit: 2 }), { numbers: [4, 6], older: 4, newer: 6, dropped: 0 });
  t.same(page({}, { limit: 0 }), { numbers: [], older: 7, newer: 6, dropped: 0 });
});

t.test("back from there, page by page", async (t) => {
  t.same(page({}, { limit: 2, before: 5 }), { numbers: [3, 4], older: 3, newer: 4, dropped: 0 });
  t.same(page({}, { limit: 2, before: 3 }), { numbers: [2], older: null, newer: 2, dropped: 0 });
  t.same(page(errors, { limit: 1, before: 4 }), { numbers: [2], older: null, newer: 3, dropped: 0 });
});

t.test("forward from a line, the first after it", async (t) => {
  t.same(page({}, { limit: 2, after: 3 }), { numbers: [4, 5], older: 4, newer: 5, dropped: 0 });
  t.same(page({}, { limit: 2, after: 5 }), { numbers: [6], older: 6, newer: 6, dropped: 0 });
  t.same(page({}, { limit: 2, after: 6 }), { numbers: [], older: 7, newer: 6, dropped: 0 });
  t.same(page({ level: "fatal" }, { limit: 2, after: 2 }), {
    numbers: [],
    older: null,
    newer: 6,
    dropped: 0,
  });
});

t.test("tells how many lines are not kept any more", async (t) => {
  t.same(page({}, { limit: 1, after: 0 }), { numbers: [2], older: null, newer: 2, dropped: 1 });
  t.same(logPage(new RecentLog(), {}, { limit: 5 }), { lines: [], older: null, newer: 0, dropped: 0 });
});

t.test(
  "a line that has not been written yet was one of an earlier run: all of this one came after it",
  async (t) => {
    t.same(page({}, { limit: 2, after: 900 }), { numbers: [2, 3], older: null, newer: 3, dropped: 1 });
    t.same(page({}, { limit: 2, after: 7 }), { numbers: [2, 3], older: null, newer: 3, dropped: 1 });
  },
);
