import t from "tap";
import { podmateConfig } from "../../../bench/memcache/podmate-config.ts";
import { parseConfig } from "../../../src/config/load-config.ts";

t.test("the benchmark's configuration is one that podmate accepts", async (t) => {
  const loaded = parseConfig(podmateConfig(11210, 9900, [11211, 11212], 2), "podmate.yaml", {});
  t.ok(loaded.ok, JSON.stringify(loaded));
});
