// Which name enters the ring for a server, and in which order do names stand?
import t from "tap";
import {
  compareRingNames,
  hashringRingName,
  libmemcachedRingName,
  ringName,
} from "../../src/ring/ring-name.ts";
import type { RingServer } from "../../src/ring/ring-options.ts";

const server = (host: string, port: number): RingServer => ({ address: { host, port }, weight: 1 });
const socket: RingServer = { address: { path: "/run/m.sock" }, weight: 1 };

t.test("twemproxy leaves out port 11211 and ends a socket path with a colon", async (t) => {
  t.equal(ringName(server("10.0.0.1", 11211)), "10.0.0.1");
  t.equal(ringName(server("10.0.0.1", 11212)), "10.0.0.1:11212");
  t.equal(ringName(server("::1", 11212)), "::1:11212");
  t.equal(ringName(socket), "/run/m.sock:");
});

t.test("a name takes the place of the address everywhere, and weights are never part of it", async (t) => {
  const named = { ...server("10.0.0.1", 11211), name: "cache-a", weight: 3 };
  t.equal(ringName(named), "cache-a");
  t.equal(libmemcachedRingName(named), "cache-a");
  t.equal(hashringRingName(named), "cache-a");
});

t.test("libmemcached counts a socket as port 0", async (t) => {
  t.equal(libmemcachedRingName(socket), "/run/m.sock:0");
  t.equal(libmemcachedRingName(server("a", 11211)), "a");
});

t.test("hashring keeps the port", async (t) => {
  t.equal(hashringRingName(server("10.0.0.1", 11211)), "10.0.0.1:11211");
  t.equal(hashringRingName(socket), "/run/m.sock");
});

t.test("shorter names come first, then bytes decide", async (t) => {
  t.same(["b", "aa", "a", "é", "ab"].toSorted(compareRingNames), ["a", "b", "aa", "ab", "é"]);
});
