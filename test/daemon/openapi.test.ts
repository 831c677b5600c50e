import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import t from "tap";
import { OpenapiDocument } from "../support/openapi-document.ts";
import { patientPool } from "../support/patience.ts";
import { startDaemon, startServers } from "./podmate.ts";

/** Guarded routes that would take long, and what they are asked so that they do not. */
const queries: Readonly<Record<string, string>> = {
  "/debug/pprof/profile": "?seconds=1",
  "/debug/pprof/heap": "?seconds=1&thread=worker-0",
};

/** Changes, in an order in which each can be made. */
const changes: readonly (readonly [name: string, query: string, body: unknown])[] = [
  ["put /log-level", "", { level: "debug", for: "1m" }],
  ["post /actuator/loggers/{name}", "", { configuredLevel: null }],
  ["post /pools/{pool}/servers/{server}", "", { state: "drain" }],
  ["post /ring/{pool}/preview", "", { weights: { a: 3 } }],
  ["post /lifecycle/pause", "?reason=test&deadline=1m", null],
  ["post /lifecycle/resume", "", null],
  ["post /lifecycle/yield", "", { for: "5m", priority: "low" }],
  ["delete /lifecycle/yield", "", null],
  ["post /app/health", "", { status: "degraded", reasons: ["slow"] }],
  ["put /app", "", {}],
  ["delete /app", "", null],
  ["put /config", "?dry-run", "not a configuration"],
  ["post /config/reload", "", null],
  ["post /config/rollback", "", null],
  ["post /replicate", "", { replicas: 2 }],
];

function told(name: string, { type, text }: { readonly type: string; readonly text: string }): string {
  return type.includes("json") ? `${name}: ${text.slice(0, 200)}` : name;
}

t.test("a daemon answers what /openapi.json says, to whatever it is asked", async (t) => {
  const [memcached] = (await startServers(t, 1)) as [string];
  const web = createServer((_request, response) => response.end("ok"));
  t.teardown(() => web.closeAllConnections());
  t.teardown(() => web.close());
  await once(web.listen(0, "127.0.0.1"), "listening");
  const { port } = web.address() as AddressInfo;
  const daemon = await startDaemon(
    t,
    `admin: { listen: "127.0.0.1:0" }
workers: 1
app: { health: { tcp: "127.0.0.1:${port}", timeout: 1m }, config: { http: "http://127.0.0.1:${port}/" } }
lifecycle: { hooks: [ { name: tell, on: [ paused ], http: "http://127.0.0.1:${port}/", timeout: 1m } ] }
memcache: [ { name: cache, listen: "127.0.0.1:0", pool: main } ]
http: [ { name: web, listen: "127.0.0.1:0", pool: sites } ]
pools:
  main: { hot_keys: 4, servers: [ { name: a, address: "${memcached}" } ], ${patientPool} }
  sites: { servers: [ "127.0.0.1:${port}" ], ${patientPool} }
`,
  );
  const ask = async (method: string, path: string, body: unknown = null) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const sent = body === null ? {} : { body: text, headers: { "content-type": "application/json" } };
    const response = await fetch(`http://${daemon.admin}${path}`, { method, ...sent });
    const type = response.headers.get("content-type") ?? "";
    return { status: response.status, type, text: await response.text() };
  };
  const document = new OpenapiDocument(JSON.parse((await ask("GET", "/openapi.json")).text));
  const plain = (path: string) =>
    path
      .replace("{pool}", "main")
      .replace("{server}", "a")
      .replace("{path}", "ambassador/pool:sites")
      .replace("metrics/{name}", "metrics/podmate_pool_requests_total")
      .replace("loggers/{name}", "loggers/ambassador")
      .replace("env/{name}", "env/workers");

  for (const [name, query, body] of changes) {
    const [method = "", path = ""] = name.split(" ");
    const answer = await ask(method.toUpperCase(), `${plain(path)}${query}`, body);
    t.equal(document.errorsOf(name, answer), "", told(name, answer));
  }
  for (const [name] of document.operations) {
    const [method, path] = name.split(" ") as [string, string];
    if (method !== "get") continue;
    const answer = await ask("GET", `${plain(path)}${queries[path] ?? ""}`);
    t.equal(document.errorsOf(name, answer), "", told(name, answer));
    const mayBeNot200 = /^\/(app\/|replicate)/.test(path);
    if (!mayBeNot200) t.equal(answer.status, 200, name);
  }
  const asked = new Set(changes.map(([name]) => name));
  t.same(
    document.operations.map(([name]) => name).filter((name) => !name.startsWith("get ") && !asked.has(name)),
    ["post /lifecycle/drain", "post /lifecycle/stop"],
    "but for what ends it, nothing is left out",
  );
  for (const verb of ["drain", "stop"]) {
    const answer = await ask("POST", `/lifecycle/${verb}`);
    t.equal(document.errorsOf(`post /lifecycle/${verb}`, answer), "", answer.text);
  }
  t.match(await daemon.process.exit, { code: 0 });
});
