// What does the store do as time passes, and when it is full?
import assert from "node:assert/strict";
import t from "tap";
import { MemcacheStore, type StoreRequest, sizeOf } from "../../src/embedded/memcache-store.ts";

const START = 1_800_000_000;

function newStore(options: { maxBytes?: number; maxItem?: number } = {}) {
  const clock = { seconds: START };
  const { maxBytes = 1_000_000, maxItem = 10_000 } = options;
  const store = new MemcacheStore({ maxBytes, maxItem, now: () => clock.seconds * 1000 + 999 });
  const put = (key: string, text: string, request: Partial<StoreRequest> = {}) =>
    store.store(key, Buffer.from(text), { mode: "set", flags: 0, expires: 0, ...request });
  const textOf = (key: string) => store.get(key)?.value.toString();
  return { clock, store, put, textOf };
}

await t.test("an exptime is never, at once, relative or absolute", async (t) => {
  const { store } = newStore();
  t.equal(store.expiryOf(0), 0);
  t.ok(store.expiryOf(-1) < START);
  t.equal(store.expiryOf(10), START + 10);
  t.equal(store.expiryOf(2_592_000), START + 2_592_000);
  t.equal(store.expiryOf(2_592_001), 2_592_001);
});

await t.test("an item lives until the second of its expiry", async (t) => {
  const { clock, store, put, textOf } = newStore();
  put("k", "x", { expires: store.expiryOf(10) });
  clock.seconds += 9;
  t.equal(textOf("k"), "x");
  clock.seconds += 1;
  t.equal(textOf("k"), undefined);
  t.equal(store.count, 0);
  t.equal(store.bytes, 0);
});

await t.test(
  "a flush with a delay takes what is stored before its moment, and nothing after it",
  async (t) => {
    const { clock, store, put, textOf } = newStore();
    put("before", "x");
    store.flush(10);
    clock.seconds += 9;
    put("between", "x");
    t.equal(textOf("before"), "x");
    clock.seconds += 1;
    put("after", "x");
    t.equal(textOf("before"), undefined);
    t.equal(textOf("between"), undefined);
    t.equal(textOf("after"), "x");
  },
);

await t.test("a flush now calls off one that is due later", async (t) => {
  const { clock, store, put, textOf } = newStore();
  store.flush(10);
  put("old", "x");
  store.flush(0);
  put("k", "x");
  clock.seconds += 11;
  t.equal(textOf("old"), undefined);
  t.equal(textOf("k"), "x");
});

await t.test("the least recently used items make room", async (t) => {
  const size = sizeOf("a", 0, 100);
  const { store, put, textOf } = newStore({ maxBytes: 3 * size });
  for (const key of ["a", "b", "c"]) put(key, "x".repeat(100));
  t.ok(textOf("a"));
  put("d", "x".repeat(100));
  t.equal(textOf("b"), undefined);
  t.ok(textOf("a"));
  t.equal(store.count, 3);
  t.equal(store.bytes, 3 * size);
  t.equal(store.evictions, 1);
});

await t.test("the bytes held are those of the items, after any change", async (t) => {
  const { store, put } = newStore();
  put("k", "12345", { flags: 7 });
  t.equal(store.bytes, sizeOf("k", 7, 5));
  put("k", "678", { mode: "append" });
  t.equal(store.bytes, sizeOf("k", 7, 8));
  store.delta("k", 99_999_999n, true);
  t.equal(store.bytes, sizeOf("k", 7, 9));
  const item = store.peek("k");
  if (item !== undefined) store.dropValue(item);
  t.equal(store.bytes, sizeOf("k", 0, 0));
  store.delete("k");
  t.equal(store.bytes, 0);
});

await t.test("what is too large is refused, and what grows too large stays as it was", async (t) => {
  const maxItem = sizeOf("k", 0, 10);
  const { put, textOf } = newStore({ maxItem });
  t.equal(put("k", "x".repeat(11)).status, "too_large");
  t.equal(put("k", "x".repeat(10)).status, "stored");
  t.equal(put("k", "y", { mode: "append" }).status, "not_stored");
  t.equal(textOf("k"), "x".repeat(10));
  t.equal(newStore({ maxBytes: 50 }).put("k", "x").status, "no_memory");
});

await t.test("a cas id can be given", async (t) => {
  const { store, put } = newStore();
  t.equal(put("k", "1", { explicitCas: 77n }).item?.cas, 77n);
  t.equal(put("k", "2", { mode: "cas", cas: 77n }).status, "stored");
  t.equal(put("k", "3", { mode: "cas", cas: 77n }).status, "exists");
  t.equal(store.delta("k", 1n, true, 0n, 99n).status, "ok");
  t.equal(store.peek("k")?.cas, 99n);
});

await t.test(
  "a number that grows is another item: what is set on the one that is returned is lost",
  async (t) => {
    const { store, put } = newStore();
    put("n", "99", { expires: START + 50 });
    const grown = store.delta("n", 1n, true);
    assert(grown.status === "ok");
    t.equal(grown.text, "100");
    grown.item.expires = START + 100;
    t.match(store.peek("n"), { expires: START + 50, cas: grown.item.cas, value: Buffer.from("100") });
  },
);
