// Does a ring say why a key is where it is, and hash no more than it must?
import t from "tap";
import { createRing } from "../../src/ring/ring.ts";
import { equalServers, namedServers } from "../support/ring-servers.ts";

t.test("explain names the hash, the point and the server", async (t) => {
  const ring = createRing({ distribution: "ketama", hash: "fnv1a_64" }, namedServers([1, 2, 1]));
  const key = Buffer.from("apple");
  const { hashedPart, hash, point, server, ringName } = ring.explain(key);
  t.same(hashedPart, key);
  t.equal(hash, "58befdbf");
  t.match(point, /^[0-9a-f]{8}$/);
  t.equal(server, ring.locate(key, 0, key.length));
  t.equal(ringName, `server${server}`);
});

t.test("explain shows the tag and 64 bits", async (t) => {
  const ring = createRing({ distribution: "jump", hash: "xxh3", tag: "{}" }, equalServers(3));
  const tagged = ring.explain(Buffer.from("user:{42}:profile"));
  t.equal(Buffer.from(tagged.hashedPart).toString(), "42");
  t.match(tagged.hash, /^[0-9a-f]{16}$/);
  t.equal(tagged.point, null);
  t.equal(tagged.hash, ring.explain(Buffer.from("{42}")).hash);
});

t.test("where keys do not matter, there is no hash", async (t) => {
  const random = createRing({ distribution: "random", hash: "md5" }, equalServers(3)).explain(
    Buffer.from("k"),
  );
  t.equal(random.hash, null);
  const single = createRing({ distribution: "ketama", hash: "md5" }, equalServers(1)).explain(
    Buffer.from("k"),
  );
  t.same([single.hash, single.point, single.server, single.ringName], [null, null, 0, "server0"]);
  const none = createRing({ distribution: "ketama", hash: "md5" }, equalServers(1), [false]);
  t.same([none.explain(Buffer.from("k")).server, none.explain(Buffer.from("k")).ringName], [-1, null]);
});

t.test("a seed changes the places, and a text counts by its XXH3", async (t) => {
  const servers = equalServers(100);
  const keys = Array.from({ length: 500 }, (_, i) => Buffer.from(`k${i}`));
  const places = (seed?: number | string) => {
    const options = { distribution: "jump", hash: "xxh3" } as const;
    const ring = createRing(seed === undefined ? options : { ...options, seed }, servers);
    return keys.map((key) => ring.locate(key, 0, key.length)).join();
  };
  t.equal(places(), places(0));
  t.not(places(), places(1));
  t.not(places("salt"), places("pepper"));
  t.equal(places("salt"), places("salt"));
});

t.test("an unknown hash is refused", async (t) => {
  t.throws(() => createRing({ distribution: "ketama", hash: "constructor" }, []), RangeError);
});
