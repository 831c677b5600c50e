// Does the ring give calls back in their order, however many are in it?
import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { Call } from "../../../src/upstream/memcache/call.ts";
import { CallRing } from "../../../src/upstream/memcache/call-ring.ts";

class NoCall extends Call {
  onReply(): void {}
  onFailure(): void {}
}

t.test("as a list has it", async () => {
  // Pushes and shifts in runs, so that the ring turns, grows, and grows while it is turned.
  const runs = fc.array(fc.tuple(fc.nat(150), fc.nat(150)), { maxLength: 20 });
  fc.assert(
    fc.property(runs, (runs) => {
      const ring = new CallRing();
      const list: Call[] = [];
      for (const [pushes, shifts] of runs) {
        for (let i = 0; i < pushes; i++) {
          const call = new NoCall();
          ring.push(call);
          list.push(call);
        }
        assert.equal(ring.length, list.length);
        for (const [i, call] of list.entries()) assert.ok(ring.at(i) === call);
        for (let i = 0; i < shifts && list.length > 0; i++) {
          assert.ok(ring.peek() === list[0]);
          assert.ok(ring.shift() === list.shift());
        }
        assert.equal(ring.length, list.length);
      }
    }),
  );
});
