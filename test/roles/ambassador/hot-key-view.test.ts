import t from "tap";
import { hotKeyViews } from "../../../src/roles/ambassador/hot-key-view.ts";
import { poolOptions } from "../../support/pools.ts";

t.test("the reports of all workers become one per pool, of the pools that want one", async (t) => {
  const report = (total: number, ...keys: (readonly [string, number])[]) => ({
    total,
    untracked: 0,
    keys: keys.map(([key, count]) => ({ key, count, error: 0 })),
  });
  const pools = [
    poolOptions("a", [], { hot_keys: 2 }),
    poolOptions("b", []),
    poolOptions("new", [], { hot_keys: 1 }),
  ];
  const views = hotKeyViews(pools, [
    { a: report(10, ["x", 6], ["y", 4]), gone: report(1, ["z", 1]) },
    { a: report(9, ["\x1b", 7], ["y", 2]) },
    {},
  ]);
  t.strictSame(views, [
    {
      pool: "a",
      requests: 19,
      untracked: 6,
      keys: [
        { key: "\\x1b", count: 7, error: 0 },
        { key: "x", count: 6, error: 0 },
      ],
    },
    { pool: "new", requests: 0, untracked: 0, keys: [] },
  ]);
});
