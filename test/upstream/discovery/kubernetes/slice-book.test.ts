import t from "tap";
import { readEndpointSlice } from "../../../../src/upstream/discovery/kubernetes/endpoint-slice.ts";
import { SliceBook } from "../../../../src/upstream/discovery/kubernetes/slice-book.ts";
import { pod, slice } from "../../../support/endpoint-slices.ts";

function names(book: SliceBook): string[] {
  return [...book.slices].map(({ name }) => name);
}

t.test("events add, change and remove slices, and move the version on", async (t) => {
  const book = new SliceBook();
  book.replace({ slices: [readEndpointSlice(slice({ name: "x1" }))], version: "10" });
  t.equal(book.version, "10");
  t.equal(book.take({ type: "ADDED", object: slice({ name: "x2", version: "11" }) }), "changed");
  t.same(names(book), ["x1", "x2"]);
  const changed = slice({ name: "x1", version: "12", endpoints: [pod("a", "10.0.0.1")] });
  t.equal(book.take({ type: "MODIFIED", object: changed }), "changed");
  t.match([...book.slices][0], { endpoints: [{ pod: "a" }] });
  t.equal(book.take({ type: "DELETED", object: slice({ name: "x2", version: "13" }) }), "changed");
  t.equal(book.take({ type: "DELETED", object: slice({ name: "x2", version: "14" }) }), "unchanged");
  t.same(names(book), ["x1"]);
  t.equal(book.version, "14");
});

t.test("a bookmark moves the version and nothing else", async (t) => {
  const book = new SliceBook();
  t.equal(book.take({ type: "BOOKMARK", object: { metadata: { resourceVersion: "99" } } }), "unchanged");
  t.equal(book.version, "99");
  t.same(names(book), []);
});

t.test("410 is gone, any other error fails in the server's words", async (t) => {
  const book = new SliceBook();
  t.equal(book.take({ type: "ERROR", object: { kind: "Status", code: 410, message: "too old" } }), "gone");
  t.throws(() => book.take({ type: "ERROR", object: { code: 500, message: "etcd is away" } }), {
    message: "the watch failed: etcd is away",
  });
  t.throws(() => book.take({ type: "ERROR", object: null }), {
    message: "the watch failed: no reason was given",
  });
});

t.test("a list takes the place of all that was known", async (t) => {
  const book = new SliceBook();
  book.take({ type: "ADDED", object: slice({ name: "x1" }) });
  book.replace({ slices: [], version: "20" });
  t.same(names(book), []);
});

t.test("an event of a kind that is not known is let pass", async (t) => {
  const book = new SliceBook();
  t.equal(book.take({ type: "COFFEE", object: slice({ version: "5" }) }), "unchanged");
  t.same(names(book), []);
});
