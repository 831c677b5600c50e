import t from "tap";
import { KeySpace } from "../../../bench/load/key-space.ts";

const options = { count: 1000, valueSize: 60, keysPerGet: 1, prefix: "session:" };

t.test("requests have the announced lengths and the classic form", async (t) => {
  const space = new KeySpace({ ...options, keysPerGet: 2 });
  const out = Buffer.alloc(500);
  t.equal(space.writeGet(out, 0, 999), space.getLength);
  t.equal(out.toString("latin1", 0, space.getLength), "get session:000000999 session:000000000\r\n");
  t.equal(space.writeSet(out, 3, 7), 3 + space.setLength);
  const set = out.toString("latin1", 3, 3 + space.setLength);
  t.ok(set.startsWith("set session:000000007 0 0 60\r\nsession:000000007"));
  t.ok(set.endsWith("\r\n"));
  t.equal(set.length, "set session:000000007 0 0 60\r\n".length + 60 + 2);
});

t.test("the value of every key is its own", async (t) => {
  const space = new KeySpace(options);
  const seen = new Set<string>();
  const out = Buffer.alloc(space.setLength);
  for (let key = 0; key < space.count; key++) {
    space.writeSet(out, 0, key);
    seen.add(out.toString("latin1", space.setLength - 2 - 60 + space.keyLength, space.setLength - 2));
  }
  t.equal(seen.size, space.count);
});

t.test("every piece of a value is recognised, and no other", async (t) => {
  const space = new KeySpace(options);
  const out = Buffer.alloc(space.setLength);
  space.writeSet(out, 0, 5);
  const start = space.setLength - 2 - 60;
  for (let from = 0; from < 60; from++) {
    for (let length = 1; from + length <= 60; length++) {
      t.ok(space.isValue(out, start + from, length, 5, from), { silent: true });
    }
  }
  t.notOk(space.isValue(out, start, 60, 6, 0));
  out[start + 59]! ^= 1;
  t.notOk(space.isValue(out, start, 60, 5, 0));
});

t.test("keys are found again by name", async (t) => {
  const space = new KeySpace(options);
  t.equal(space.indexOf(space.key(999)), 999);
  for (const foreign of [
    "session:000001000",
    "session:00000000",
    "sessions000000001",
    "session:+00000001x",
    "",
  ]) {
    t.equal(space.indexOf(foreign), -1, foreign);
  }
});

t.test("a space that cannot be checked is refused", async (t) => {
  t.throws(() => new KeySpace({ ...options, valueSize: 10 }), RangeError);
  t.throws(() => new KeySpace({ ...options, keysPerGet: 1001 }), RangeError);
});
