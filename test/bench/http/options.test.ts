import t from "tap";
import { parseHttpOptions } from "../../../bench/http/options.ts";
import { scenarios } from "../../../bench/http/scenarios.ts";

t.test("defaults: every scenario, all proxies, load by autocannon", async (t) => {
  const options = parseHttpOptions([])!;
  t.same(options.scenarios, scenarios);
  t.same(options.peers, ["podmate", "nginx", "haproxy", "http-proxy", "undici"]);
  t.same(options.workers, [1, 2]);
  t.equal(options.load, "autocannon");
  t.equal(parseHttpOptions(["--help"]), null);
});

t.test("what is named is taken", async (t) => {
  const options = parseHttpOptions(["--load", "wrk", "--scenario", "headers,post-10k", "--peers", "nginx"]);
  t.match(options, { load: "wrk", peers: ["nginx"], scenarios: [{ extraHeaders: 20 }, { body: 10_000 }] });
});

t.test("unknown names are refused", async (t) => {
  t.throws(() => parseHttpOptions(["--load", "ab"]), { message: /no program is named "ab"/ });
  t.throws(() => parseHttpOptions(["--scenario", "tiny"]), { message: /no scenario is named "tiny"/ });
  t.throws(() => parseHttpOptions(["--peers", "envoy"]), { message: /no peer is named "envoy"/ });
});
