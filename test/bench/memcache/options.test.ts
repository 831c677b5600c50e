import t from "tap";
import { parseMemcacheOptions } from "../../../bench/memcache/options.ts";
import { scenarios } from "../../../bench/memcache/scenarios.ts";

t.test("defaults: every scenario, podmate with one and two workers, and twemproxy", async (t) => {
  const options = parseMemcacheOptions([])!;
  t.same(options.scenarios, scenarios);
  t.same(options.peers, ["podmate", "twemproxy"]);
  t.same(options.workers, [1, 2]);
  t.equal(options.rounds, 5);
  t.equal(options.podmateCommand, null);
  t.equal(parseMemcacheOptions(["--help"]), null);
});

t.test("quick means one short round, unless the times are given", async (t) => {
  t.match(parseMemcacheOptions(["--quick"]), { rounds: 1, seconds: 1 });
  t.match(parseMemcacheOptions(["--quick", "--seconds", "2.5", "--rounds", "3"]), {
    rounds: 3,
    seconds: 2.5,
  });
});

t.test("a path to memcached's proxy adds it to the peers", async (t) => {
  t.match(parseMemcacheOptions(["--memcached-proxy", "/opt/memcached"]), {
    peers: ["podmate", "twemproxy", "memcached-proxy"],
    memcachedProxy: "/opt/memcached",
  });
  t.throws(() => parseMemcacheOptions(["--peers", "memcached-proxy"]), {
    message: /--memcached-proxy is missing/,
  });
});

t.test("a profile is of podmate alone, with one worker", async (t) => {
  const one = { peers: ["podmate"], workers: [1], rounds: 1 };
  t.match(parseMemcacheOptions(["--profile"]), { ...one, profile: "cpu-prof" });
  t.match(parseMemcacheOptions(["--perf"]), { ...one, profile: "perf" });
});

t.test("a start command is split into words", async (t) => {
  const options = parseMemcacheOptions(["--podmate-command", " node  src/main.ts "]);
  t.same(options?.podmateCommand, ["node", "src/main.ts"]);
});

t.test("unknown names are refused", async (t) => {
  t.throws(() => parseMemcacheOptions(["--scenario", "ping"]), { message: /no scenario is named "ping"/ });
  t.throws(() => parseMemcacheOptions(["--peers", "envoy"]), { message: /no peer is named "envoy"/ });
  t.throws(() => parseMemcacheOptions(["--workers", "0"]), RangeError);
  t.throws(() => parseMemcacheOptions(["--fast"]));
  t.throws(() => parseMemcacheOptions(["--write", "--quick"]), { message: /--write is for full runs/ });
});
