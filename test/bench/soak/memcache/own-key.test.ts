import t from "tap";
import { missing, OwnKey } from "../../../../bench/soak/memcache/own-key.ts";

t.test("what was stored in an epoch must be found in it", async (t) => {
  const key = new OwnKey("k");
  t.ok(key.allows(7, 0), "nothing is known yet");
  key.certain(1, 0);
  t.ok(key.allows(1, 0));
  t.notOk(key.allows(2, 0));
  t.notOk(key.allows(missing, 0));
  t.equal(key.knownVersion(0), 1);
  t.match(String(key), "k with 1");
});

t.test("across a fault anything may be found", async (t) => {
  const key = new OwnKey("k");
  key.certain(1, 0);
  t.ok(key.allows(missing, 1), "while it is made");
  t.ok(key.allows(missing, 2), "and after");
  t.equal(key.knownVersion(2), null);
  key.certain(missing, 2);
  t.notOk(key.allows(1, 2));
});

t.test("a write without an answer leaves two possibilities", async (t) => {
  const key = new OwnKey("k");
  key.certain(1, 0);
  key.unanswered(2);
  t.ok(key.allows(1, 0));
  t.ok(key.allows(2, 0));
  t.notOk(key.allows(3, 0));
  t.equal(key.knownVersion(0), null);
});

t.test("a failed write is in doubt for two faults", async (t) => {
  const key = new OwnKey("k");
  key.doubtful(1, 2);
  key.certain(2, 4);
  t.ok(key.allows(1, 4));
  key.certain(3, 6);
  t.notOk(key.allows(1, 6));
});
