// Are mistakes in ring options found and said in one sentence each?
import t from "tap";
import type { RingOptions, RingServer } from "../../src/ring/ring-options.ts";
import { ringProblems } from "../../src/ring/ring-problems.ts";
import { equalServers, namedServers } from "../support/ring-servers.ts";

function problems(options: Partial<RingOptions>, servers: readonly RingServer[] = equalServers(3)): string[] {
  return ringProblems({ distribution: "ketama", hash: "fnv1a_64", ...options }, servers);
}

t.test("good options have none", async (t) => {
  t.same(problems({}), []);
  t.same(problems({ tag: "{}" }, namedServers([1, 2])), []);
  t.same(problems({ hash: "xxh3", seed: "salt", distribution: "jump" }), []);
  t.same(problems({ hash: "murmur3", seed: 7 }), []);
});

t.test("each mistake is named", async (t) => {
  t.match(problems({ hash: "sha1" }), [/no hash is called "sha1"; there are one_at_a_time, md5/]);
  t.match(problems({ distribution: "hashring" }), [/hashring works with the hash md5 only/]);
  t.match(problems({ seed: 1 }), [/fnv1a_64 takes no seed/]);
  t.match(problems({ hash: "xxh3", seed: -1 }), [/whole number/]);
  t.match(problems({ tag: "{" }), [/exactly two/]);
  t.match(problems({ distribution: "jump", hash: "xxh3" }, namedServers([1, 2])), [/jump knows no weights/]);
  t.match(problems({}, namedServers([1, 0])), [/at least 1/]);
});

t.test("servers must differ in what enters the ring", async (t) => {
  const server: RingServer = { address: { host: "a", port: 11211 }, weight: 1 };
  const renamed: RingServer = { address: { host: "b", port: 11211 }, name: "a", weight: 1 };
  t.match(problems({}, [server, renamed]), [/two servers enter the ring as "a"/]);
  t.same(problems({ distribution: "hashring", hash: "md5" }, [server, renamed]), []);
});
