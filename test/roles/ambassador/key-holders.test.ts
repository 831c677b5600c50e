/** The servers that hold keys by the control plane's account are those that the data planes send them to. */
import t from "tap";
import { keyHolders } from "../../../src/roles/ambassador/key-holders.ts";
import { PickingPool } from "../../support/picking-pool.ts";

const count = 4;
// Keys that differ at their beginning are spread well by every hash.
const keys = Array.from({ length: 500 }, (_, i) => `${i * 7919}-key`);

t.test("whoever is ejected, whatever the pool does then", async (t) => {
  for (const on_eject of ["rehash", "fail_fast"] as const) {
    for (const panic of [0, 1, 25, 26, 50, 51, 75, 100]) {
      for (let ejected = 0; ejected < 2 ** count; ejected++) {
        const pool = new PickingPool({ weights: [1, 1, 1, 1], http: { panic }, on_eject });
        const isOut = (i: number): boolean => (ejected & (1 << i)) !== 0;
        const states = Array.from({ length: count }, (_, i) => (isOut(i) ? "ejected" : "ready"));
        for (let i = 0; i < count; i++) if (isOut(i)) pool.eject(i);
        const places = new Set(keys.map((key) => pool.pick(key)));
        const expected = Array.from({ length: count }, (_, i) => places.has(i));
        const holders = keyHolders(pool.pool.options, states as ("ejected" | "ready")[]);
        t.same(holders, expected, `${on_eject}, panic ${panic}, ${states}`);
      }
    }
  }
});

t.test("who drains holds none, and does not count", async (t) => {
  const { options } = new PickingPool({ weights: [1, 1, 1], http: { panic: 60 } }).pool;
  t.same(keyHolders(options, ["draining", "ejected", "ready"]), [false, true, true], "half of two is panic");
  t.same(keyHolders(options, ["ready", "ejected", "ready"]), [true, false, true]);
  t.same(keyHolders(options, ["draining", "draining", "draining"]), [false, false, false]);
});
