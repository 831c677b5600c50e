import t from "tap";
import type { Snapshot } from "../../../src/proxy/listener-options.ts";
import { trafficKeys } from "../../../src/roles/ambassador/traffic-keys.ts";

t.test("what is counted of listeners, routes, pools and servers, by what they speak", async (t) => {
  const snapshot = {
    memcache: [{ name: "cache" }],
    http: [{ name: "web", routes: [{ name: "*/api" }, { name: "default" }] }],
    pools: {
      sessions: { name: "sessions", servers: [{ id: "s:1" }] },
      api: { name: "api", servers: [{ id: "a:80" }, { id: "/run/b" }], http: {} },
    },
  } as unknown as Snapshot;
  t.same(Object.fromEntries(trafficKeys(snapshot)), {
    listener: ["cache"],
    pool: ["sessions"],
    server: ["sessions/s:1"],
    httpListener: ["web"],
    httpRoute: ["web/*/api", "web/default"],
    httpPool: ["api"],
    httpServer: ["api/a:80", "api//run/b"],
  });
});
