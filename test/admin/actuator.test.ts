import { Ajv2020 } from "ajv/dist/2020.js";
import t, { type Test } from "tap";
import { Client } from "undici";
import { startAdmin } from "../../src/admin/admin-server.ts";
import type { LogLevelChange } from "../../src/admin/routes/logs.ts";
import { formatAddress } from "../../src/core/address.ts";
import { type AdminOverrides, fineAdmin } from "../support/fine-admin.ts";

const actuatorType = "application/vnd.spring-boot.actuator.v3+json";

async function start(t: Test, over: AdminOverrides = {}) {
  const admin = await startAdmin({ host: "127.0.0.1", port: 0 }, fineAdmin(over));
  t.teardown(() => admin.close());
  const client = new Client(`http://${formatAddress(admin.address)}`);
  t.teardown(() => client.close());
  return async (path: string, body?: object, contentType = "application/json") => {
    const {
      statusCode,
      headers,
      body: answer,
    } = await client.request({
      path,
      method: body === undefined ? "GET" : "POST",
      ...(body && { body: JSON.stringify(body), headers: { "content-type": contentType } }),
    });
    const text = await answer.text();
    const type = String(headers["content-type"]);
    return { status: statusCode, type, text, json: type.includes("json") ? JSON.parse(text) : undefined };
  };
}

const text = { type: "string" };
const level = { enum: ["FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE"] };
const logger = {
  type: "object",
  required: ["configuredLevel", "effectiveLevel"],
  properties: { configuredLevel: { enum: [...level.enum, null] }, effectiveLevel: level },
};
const health = {
  $id: "health",
  type: "object",
  required: ["status"],
  additionalProperties: false,
  properties: {
    status: { enum: ["UP", "DOWN", "OUT_OF_SERVICE", "UNKNOWN"] },
    details: { type: "object" },
    components: { type: "object", additionalProperties: { $ref: "health" } },
    groups: { type: "array", items: text },
  },
};
const env = {
  type: "object",
  required: ["activeProfiles", "propertySources"],
  properties: {
    activeProfiles: { type: "array", items: text },
    propertySources: {
      type: "array",
      minItems: 1,
      items: {
        type: "object",
        required: ["name", "properties"],
        properties: {
          name: text,
          properties: { type: "object", additionalProperties: { type: "object", required: ["value"] } },
        },
      },
    },
  },
};

/** What clients of Spring Boot's Actuator expect of each body (v3). */
const bodies: Readonly<Record<string, object>> = {
  "/actuator": {
    type: "object",
    required: ["_links"],
    properties: {
      _links: {
        type: "object",
        required: ["self", "health", "metrics", "loggers", "env", "info"],
        additionalProperties: {
          type: "object",
          required: ["href", "templated"],
          properties: { href: { type: "string", pattern: "^http://127" }, templated: { type: "boolean" } },
        },
      },
    },
  },
  "/actuator/health": health,
  "/actuator/health/liveness": { $ref: "health" },
  "/actuator/health/readiness": { $ref: "health" },
  "/actuator/info": { type: "object" },
  "/actuator/metrics": {
    type: "object",
    required: ["names"],
    properties: { names: { type: "array", minItems: 1, items: text } },
  },
  "/actuator/metrics/podmate_pool_hits_total": {
    type: "object",
    required: ["name", "description", "baseUnit", "measurements", "availableTags"],
    properties: {
      name: text,
      description: text,
      baseUnit: { type: ["string", "null"] },
      measurements: {
        type: "array",
        minItems: 1,
        items: {
          type: "object",
          required: ["statistic", "value"],
          properties: {
            statistic: { enum: ["TOTAL", "TOTAL_TIME", "COUNT", "MAX", "VALUE", "UNKNOWN"] },
            value: { type: "number" },
          },
        },
      },
      availableTags: {
        type: "array",
        items: {
          type: "object",
          required: ["tag", "values"],
          properties: { tag: text, values: { type: "array" } },
        },
      },
    },
  },
  "/actuator/loggers": {
    type: "object",
    required: ["levels", "loggers", "groups"],
    properties: {
      levels: { type: "array", items: level },
      loggers: { type: "object", required: ["ROOT"], additionalProperties: logger },
      groups: { type: "object" },
    },
  },
  "/actuator/loggers/ROOT": logger,
  "/actuator/env": env,
  "/actuator/configprops": {
    type: "object",
    required: ["contexts"],
    properties: {
      contexts: {
        type: "object",
        additionalProperties: {
          type: "object",
          required: ["beans"],
          properties: {
            beans: {
              type: "object",
              additionalProperties: { type: "object", required: ["prefix", "properties", "inputs"] },
            },
          },
        },
      },
    },
  },
};

t.test("each body is what Actuator's clients expect", async (t) => {
  const ask = await start(t);
  const ajv = new Ajv2020({ strict: false });
  for (const [path, schema] of Object.entries(bodies)) {
    const { status, type, json } = await ask(path);
    t.equal(status, 200, path);
    t.ok(type.startsWith(actuatorType), `${path}: ${type}`);
    t.ok(ajv.validate(schema, json), `${path}: ${ajv.errorsText()}`);
  }
});

t.test("every link leads somewhere", async (t) => {
  const ask = await start(t);
  const { _links } = (await ask("/actuator")).json as {
    _links: Record<string, { href: string; templated: boolean }>;
  };
  for (const [name, { href, templated }] of Object.entries(_links)) {
    if (!templated) t.equal((await ask(new URL(href).pathname)).status, 200, name);
  }
});

t.test("who is not ready is out of service, who is not live is down, with 503", async (t) => {
  const unready = await start(t, { probes: { ready: () => ["the daemon is draining"] } });
  t.match(await unready("/actuator/health"), { status: 503, json: { status: "OUT_OF_SERVICE" } });
  t.match(await unready("/actuator/health/liveness"), { status: 200, json: { status: "UP" } });
  t.match(await unready("/actuator/health/readiness"), {
    status: 503,
    json: {
      status: "OUT_OF_SERVICE",
      components: { readinessState: { details: { reasons: ["the daemon is draining"] } } },
    },
  });
  const dead = await start(t, { probes: { live: () => ["no worker"], ready: () => ["no worker"] } });
  t.match(await dead("/actuator/health"), { status: 503, json: { status: "DOWN" } });
});

t.test("a pool that is down is shown, and leaves the whole up", async (t) => {
  const pool = {
    role: "ambassador",
    kind: "pool",
    name: "a/b",
    status: "down",
    reasons: ["no server"],
  } as const;
  const ask = await start(t, { probes: { components: () => [pool] } });
  t.match(await ask("/actuator/health"), {
    status: 200,
    json: { status: "UP", components: { ambassador: { components: { "pool:a/b": { status: "DOWN" } } } } },
  });
  t.match(await ask("/actuator/health/ambassador"), { status: 200 });
  t.match(await ask("/actuator/health/toString"), { status: 404 });
  t.match(await ask("/actuator/health/liveness/x"), { status: 404 });
});

t.test("tags narrow a metric; what is not there is 404", async (t) => {
  const asked: unknown[] = [];
  const ask = await start(t, {
    actuator: {
      meter: async (name, tags) => {
        asked.push([name, tags]);
        return undefined;
      },
    },
  });
  t.match(await ask("/actuator/metrics/x?tag=pool:a&tag=server:10.0.0.1:11211"), { status: 404 });
  t.match(await ask("/actuator/metrics/x?tag=pool:a"), { status: 404 });
  t.same(asked, [
    [
      "x",
      [
        { label: "pool", value: "a" },
        { label: "server", value: "10.0.0.1:11211" },
      ],
    ],
    ["x", [{ label: "pool", value: "a" }]],
  ]);
  t.match(await ask("/actuator/metrics/x?tag=nonsense"), { status: 400 });
  t.match(await ask(`/actuator/metrics/x?${"tag=a:b&".repeat(17)}`), { status: 400 });
});

t.test("levels are set and taken back", async (t) => {
  const set: LogLevelChange[] = [];
  const ask = await start(t, { logs: { setLevel: (change) => void set.push(change) } });
  t.match(await ask("/actuator/loggers/ROOT", { configuredLevel: "DEBUG" }, actuatorType), {
    status: 204,
    text: "",
  });
  t.match(await ask("/actuator/loggers/ambassador", { configuredLevel: "warn" }), { status: 204 });
  t.match(await ask("/actuator/loggers/ambassador", { configuredLevel: null }), { status: 204 });
  t.match(await ask("/actuator/loggers/ROOT", {}), { status: 204 });
  t.same(set, [
    { level: "debug" },
    { level: "warn", module: "ambassador" },
    { level: null, module: "ambassador" },
    { level: null },
  ]);
  t.match(await ask("/actuator/loggers/ROOT", { configuredLevel: "LOUD" }), { status: 400 });
  t.match(await ask("/actuator/loggers/constructor"), { status: 404 });
});

t.test("a setting is told with its source, the file before the defaults", async (t) => {
  const config = { pools: { a: { servers: [{ address: "x:1", weight: 1 }] } }, tls: { key: "(hidden)" } };
  const effective = async () =>
    ({ config, defaults: ["pools.a.servers[0].weight"], origin: "podmate.yml" }) as never;
  const ask = await start(t, { config: { effective } });
  t.same((await ask("/actuator/env")).json.propertySources, [
    {
      name: "podmate.yml",
      properties: { "pools.a.servers[0].address": { value: "x:1" }, "tls.key": { value: "(hidden)" } },
    },
    { name: "defaults", properties: { "pools.a.servers[0].weight": { value: 1 } } },
  ]);
  t.match((await ask("/actuator/env/pools.a.servers%5B0%5D.weight")).json, {
    property: { source: "defaults", value: 1 },
  });
  t.match(await ask("/actuator/env/none"), { status: 404 });
});

t.test("the metrics come as text, in the format that is accepted", async (t) => {
  const ask = await start(t);
  t.match(await ask("/actuator/prometheus"), {
    status: 200,
    type: /^text\/plain/,
    text: "podmate_build_info 1\n",
  });
});
