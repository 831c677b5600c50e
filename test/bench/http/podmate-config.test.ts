import t from "tap";
import { podmateConfig } from "../../../bench/http/podmate-config.ts";
import { parseConfig } from "../../../src/config/load-config.ts";

t.test("the benchmark's configuration is one that podmate accepts", async (t) => {
  const loaded = parseConfig(podmateConfig(8080, 9900, [8081, 8082], 2), "podmate.yaml", {});
  t.ok(loaded.ok, JSON.stringify(loaded));
});
