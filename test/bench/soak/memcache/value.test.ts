import t from "tap";
import { longestValue, makeValue, versionOf } from "../../../../bench/soak/memcache/value.ts";

t.test("a value tells its version", async (t) => {
  for (const version of [0, 1, 999, 65_535]) {
    const { flags, body } = makeValue("some:key", version);
    t.equal(versionOf("some:key", flags, body), version);
  }
});

t.test("values of every size occur", async (t) => {
  const sizes = Array.from({ length: 20_000 }, (_, version) => makeValue("some:key", version).body.length);
  t.ok(sizes.includes(0));
  t.ok(sizes.includes(1));
  t.ok(sizes.some((size) => size > 200_000 && size <= longestValue));
  t.ok(sizes.every((size) => size <= longestValue));
});

t.test("another key's value, a torn one and one of another length are told", async (t) => {
  const version = Array.from({ length: 1000 }, (_, at) => at).find(
    (at) => makeValue("one", at).body.length > 1000,
  )!;
  const { flags, body } = makeValue("one", version);
  t.type(versionOf("other", flags, body), "string");
  t.type(versionOf("one", flags + 1, body), "string");
  t.type(versionOf("one", flags, body.subarray(1)), "string");
  const torn = Buffer.from(body);
  torn[900]! ^= 1;
  t.match(versionOf("one", flags, torn), /torn/);
  const renamed = Buffer.from(body);
  renamed[0]! ^= 1;
  t.match(versionOf("one", flags, renamed), /another key/);
  t.type(versionOf("other", makeValue("other", 0).flags, body), "string");
});

t.test("an empty value of another key is told by its flags", async (t) => {
  const version = Array.from({ length: 1000 }, (_, at) => at).find(
    (at) => makeValue("one", at).body.length === 0,
  )!;
  const { flags, body } = makeValue("one", version);
  t.equal(versionOf("one", flags, body), version);
  t.type(versionOf("other", flags, body), "string");
});
