import t from "tap";
import { shrinkHeap } from "../../src/core/shrink-heap.ts";

t.test("what nobody holds is gone afterwards", async (t) => {
  const held = new WeakRef({ size: 1 });
  // A WeakRef keeps its target until the end of the turn that made it.
  await new Promise(setImmediate);
  shrinkHeap();
  t.equal(held.deref(), undefined);
});
