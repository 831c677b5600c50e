import t, { type Test } from "tap";
import { askFineAdmin } from "../support/admin-client.ts";
import { OpenapiDocument } from "../support/openapi-document.ts";

/** What stands for the variable parts of a path. */
const examples: Readonly<Record<string, string>> = {
  "{pool}": "sessions",
  "{server}": "cache-a",
  "{path}": "liveness",
  "metrics/{name}": "metrics/podmate_pool_requests_total",
  "loggers/{name}": "loggers/ROOT",
  "env/{name}": "env/workers",
};
const queries: Readonly<Record<string, readonly string[]>> = { "/ring/{pool}": ["?key=a", ""] };

async function start(t: Test) {
  const ask = await askFineAdmin(t);
  return { ask, document: new OpenapiDocument((await ask("GET", "/openapi.json")).json) };
}

t.test("every route that is read stands in /openapi.json, and answers what that says", async (t) => {
  const { ask, document } = await start(t);
  for (const [name, { summary, responses }] of document.operations) {
    const [method, path] = name.split(" ") as [string, string];
    t.ok(summary, `${name} says what it is for`);
    if (responses["204"] !== undefined) continue;
    const { content = {} } = responses["200"] ?? {};
    t.ok(Object.values(content)[0]?.schema, `${name} says what it answers`);
    if (method !== "get") continue;
    const plain = Object.entries(examples).reduce((path, [name, value]) => path.replace(name, value), path);
    for (const query of queries[path] ?? [""]) {
      const { status, headers, text } = await ask("GET", `${plain}${query}`);
      const answer = { status, type: String(headers["content-type"]), text };
      t.equal(document.errorsOf(name, answer), "", `${plain}${query}`);
    }
  }
});

t.test("everything that tools and operators may ask stands there", async (t) => {
  const { document } = await start(t);
  const names = new Set(document.operations.map(([name]) => name));
  const upward =
    "/live /ready /startup /health /overview /history /listeners /metrics /config /config/schema /logs /log-level /pools /pools/{pool} " +
    "/pools/{pool}/servers/{server} /ring/{pool} /hotkeys /connections /debug/pprof/profile /debug/pprof/heap " +
    "/debug/heap-snapshot /debug/event-loop /version /lifecycle /replicate /app /actuator/health " +
    "/actuator/metrics /actuator/loggers /actuator/env /openapi.json /";
  const changes = [
    "put /config",
    "put /log-level",
    "post /pools/{pool}/servers/{server}",
    "post /ring/{pool}/preview",
    ...["pause", "resume", "drain", "stop", "yield"].map((verb) => `post /lifecycle/${verb}`),
    "post /replicate",
  ];
  for (const name of [...upward.split(" ").map((path) => `get ${path}`), ...changes]) {
    t.ok(names.has(name), name);
  }
});

t.test("its variables have names, its errors a form, and what is guarded says so", async (t) => {
  const { document, ask } = await start(t);
  for (const [name, { parameters = [], responses, security }] of document.operations) {
    const variables = [...name.matchAll(/\{([^}]*)\}/g)].map(([, variable]) => variable!);
    t.ok(
      variables.every((variable) => /^\w+$/.test(variable)),
      name,
    );
    t.same(
      parameters.filter((each) => each.in === "path").map((each) => each.name),
      variables,
      name,
    );
    t.ok(responses["default"]?.content?.["application/problem+json"], name);
    const isRead = name.startsWith("get ") && !name.startsWith("get /debug/") && name !== "get /app/config";
    t.same(security, isRead ? undefined : [{}, { bearer: [] }], name);
  }
  const { status, headers, text } = await ask("GET", "/pools/nobody");
  const type = String(headers["content-type"]);
  t.equal(document.errorsOf("get /pools/{pool}", { status, type, text }), "");
});
