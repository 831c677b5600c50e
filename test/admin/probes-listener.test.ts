import t from "tap";
import { startProbes } from "../../src/admin/admin-server.ts";
import { adminClient } from "../support/admin-client.ts";
import { fineAdmin } from "../support/fine-admin.ts";

t.test(
  "a listener for probes serves them and /metrics, and nothing that anybody could change or learn",
  async (t) => {
    const change = () => t.fail("must not be called") as never;
    const api = fineAdmin({ config: { effective: change, reload: change } });
    const server = await startProbes({ host: "127.0.0.1", port: 0 }, api);
    t.teardown(() => server.close());
    const ask = adminClient(t, server.address);
    for (const path of ["/live", "/ready", "/startup", "/health", "/metrics"]) {
      t.match(await ask("GET", path), { status: 200 }, path);
    }
    for (const path of ["/", "/config", "/pools", "/logs", "/openapi.json", "/debug/pprof/heap"]) {
      t.match(
        await ask("GET", path),
        { status: 404, headers: { "content-type": /problem\+json/ }, json: { title: "Not found" } },
        path,
      );
    }
    t.match(await ask("POST", "/config/reload"), { status: 404 });
    t.match(await ask("POST", "/live"), { status: 405, headers: { allow: "GET, HEAD" } });
  },
);
