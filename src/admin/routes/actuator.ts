import type { FastifyInstance, FastifyReply } from "fastify";
import { configProps, propertySources } from "../actuator/actuator-env.ts";
import {
  type ActuatorHealth,
  actuatorHealth,
  actuatorHealthAt,
  statusCode,
} from "../actuator/actuator-health.ts";
import { actuatorLevels, actuatorLoggers, readLevel, rootLogger } from "../actuator/actuator-loggers.ts";
import type { AdminApi } from "../admin-api.ts";
import {
  type Answer,
  count,
  decimal,
  json,
  list,
  maybe,
  nullable,
  object,
  oneOf,
  text,
} from "../answer-terms.ts";
import { metricsFormat } from "../metrics-format.ts";
import { Problem } from "../problem.ts";

const type = "application/vnd.spring-boot.actuator.v3+json";

const meterView = object({
  name: text("As in `/metrics`."),
  description: text("What it counts."),
  baseUnit: nullable(text("`seconds` or `bytes`; null where it has none.")),
  measurements: list(
    object({
      statistic: oneOf(["COUNT", "TOTAL_TIME", "VALUE"], "What the value is; times are in seconds."),
      value: decimal("Added up over all series that the tags let through."),
    }),
    "A counter has COUNT, a gauge VALUE, a histogram COUNT and TOTAL_TIME.",
  ),
  availableTags: list(
    object({ tag: text("A label."), values: list(text("A value of it."), "In order.") }),
    "By what the series can be told apart further.",
  ),
});

const infoView = object({
  build: object({ name: text("`podmate`"), version: text("podmate's.") }),
  runtime: object({ name: text("`node`"), version: text("Node's.") }),
  process: object({ pid: count("Process id, as the container sees it.") }),
});

/** A metric as Actuator tells it. */
export type MeterView = Answer<typeof meterView>;

/** What Actuator is asked that nothing else is. */
export interface ActuatorApi {
  info(): Answer<typeof infoView>;
  meterNames(): Promise<readonly string[]>;
  /** undefined if there is no such metric, or no series that the tags let through. */
  meter(
    name: string,
    tags: readonly { readonly label: string; readonly value: string }[],
  ): Promise<MeterView | undefined>;
}

type Asked = Pick<AdminApi, "probes" | "config" | "logs"> & { readonly actuator: ActuatorApi };

const links = {
  health: "/health",
  "health-path": "/health/{*path}",
  info: "/info",
  metrics: "/metrics",
  "metrics-requiredMetricName": "/metrics/{requiredMetricName}",
  loggers: "/loggers",
  "loggers-name": "/loggers/{name}",
  env: "/env",
  "env-toMatch": "/env/{toMatch}",
  configprops: "/configprops",
  prometheus: "/prometheus",
} as const;

const status = oneOf(["UP", "DOWN", "OUT_OF_SERVICE"], "All but UP are answered with 503.");
const health = {
  ...object({ status }),
  properties: {
    status,
    details: json("Why, where it is not simply up."),
    components: json("Its parts, in the same form, by name."),
    groups: json("What can be asked for alone, by name."),
  },
};
const healthAnswers = { 200: health, 503: health };
const logger = object({
  configuredLevel: nullable(oneOf(actuatorLevels, "Set for this logger; null where it follows ROOT.")),
  effectiveLevel: oneOf(actuatorLevels, "In force."),
});
const loggerChange = object({
  configuredLevel: maybe(nullable(text("A level, in any case; null or absent takes back what was set."))),
});
const produces = [type];

/** `/actuator/…`: the same answers in the form of Spring Boot's Actuator (v3), which many tools read. */
export function addActuator(server: FastifyInstance, api: Asked): void {
  const { probes, config, logs, actuator } = api;
  server.addContentTypeParser(
    /^application\/vnd\.spring-boot\.actuator\.v[23]\+json/,
    { parseAs: "string" },
    server.getDefaultJsonParser("error", "error"),
  );
  const sendHealth = (reply: FastifyReply, found: ActuatorHealth) =>
    reply.code(statusCode(found)).type(type).send(found);

  server.get(
    "/actuator",
    { schema: { summary: "Actuator: what there is", produces, response: { 200: json("Links by name.") } } },
    (request, reply) => {
      const base = `http://${request.headers.host ?? "localhost"}/actuator`;
      const link = (path: string) => ({ href: base + path, templated: path.includes("{") });
      const all = Object.entries(links).map(([name, path]) => [name, link(path)] as const);
      return reply.type(type).send({ _links: { self: link(""), ...Object.fromEntries(all) } });
    },
  );
  server.get(
    "/actuator/health",
    { schema: { summary: "Actuator: health with all components", produces, response: healthAnswers } },
    (_request, reply) => sendHealth(reply, actuatorHealth(probes)),
  );
  server.get<{ Params: { "*": string } }>(
    "/actuator/health/*",
    {
      schema: {
        summary: "Actuator: the groups `liveness` and `readiness`, or a component by its path",
        produces,
        params: object({ "*": text("`liveness`, `readiness`, or such as `ambassador/pool:sessions`.") }),
        response: healthAnswers,
      },
    },
    ({ params }, reply) => {
      const path = params["*"].split("/").filter((part) => part !== "");
      const found = actuatorHealthAt(probes, path);
      if (found === undefined) throw new Problem(404, "Not found", `there is no component "${params["*"]}"`);
      return sendHealth(reply, found);
    },
  );
  server.get(
    "/actuator/info",
    { schema: { summary: "Actuator: what runs here", produces, response: { 200: infoView } } },
    (_request, reply) => reply.type(type).send(actuator.info()),
  );
  server.get(
    "/actuator/metrics",
    {
      schema: {
        summary: "Actuator: names of the metrics",
        produces,
        response: { 200: object({ names: list(text("As in `/metrics`."), "In order.") }) },
      },
    },
    async (_request, reply) => reply.type(type).send({ names: await actuator.meterNames() }),
  );
  server.get<{ Params: { name: string }; Querystring: { tag?: readonly string[] } }>(
    "/actuator/metrics/:name",
    {
      schema: {
        summary: "Actuator: a metric, added up over its series",
        produces,
        params: object({ name: text("As in `/metrics`.") }),
        querystring: object({
          tag: maybe({ ...list(text("`LABEL:VALUE`"), "Only series with these values."), maxItems: 16 }),
        }),
        response: { 200: meterView },
      },
    },
    async ({ params, query }, reply) => {
      const found = await actuator.meter(params.name, (query.tag ?? []).map(readTag));
      if (found === undefined)
        throw new Problem(404, "Not found", `there is no metric "${params.name}" with these tags`);
      return reply.type(type).send(found);
    },
  );
  server.get(
    "/actuator/loggers",
    {
      schema: {
        summary: "Actuator: the modules of the log with their levels",
        produces,
        response: {
          200: object({
            levels: list(oneOf(actuatorLevels, "A level."), "Gravest first."),
            loggers: json("By name of the module; ROOT stands for all others."),
            groups: json("None."),
          }),
        },
      },
    },
    (_request, reply) =>
      reply.type(type).send({ levels: actuatorLevels, loggers: actuatorLoggers(logs.levels()), groups: {} }),
  );
  server.get<{ Params: { name: string } }>(
    "/actuator/loggers/:name",
    {
      schema: {
        summary: "Actuator: a module of the log",
        produces,
        params: object({ name: text("Name of the module, or ROOT.") }),
        response: { 200: logger },
      },
    },
    ({ params }, reply) => {
      const loggers = actuatorLoggers(logs.levels());
      if (!Object.hasOwn(loggers, params.name))
        throw new Problem(404, "Not found", `there is no logger "${params.name}"`);
      return reply.type(type).send(loggers[params.name]);
    },
  );
  server.post<{ Params: { name: string }; Body: Answer<typeof loggerChange> }>(
    "/actuator/loggers/:name",
    {
      schema: {
        summary: "Actuator: set the level of a module, or take it back",
        params: object({ name: text("Name of the module, or ROOT.") }),
        body: loggerChange,
        response: { 204: { type: "null", description: "Done." } },
      },
    },
    ({ params, body }, reply) => {
      const level = readLevel(body.configuredLevel);
      logs.setLevel({ level, ...(params.name !== rootLogger && { module: params.name }) });
      return reply.code(204).send();
    },
  );
  server.get(
    "/actuator/env",
    {
      schema: {
        summary: "Actuator: the settings as properties, secrets hidden",
        produces,
        response: { 200: json("Sources in order of precedence.") },
      },
    },
    async (_request, reply) =>
      reply
        .type(type)
        .send({ activeProfiles: [], propertySources: propertySources(await config.effective()) }),
  );
  server.get<{ Params: { name: string } }>(
    "/actuator/env/:name",
    {
      schema: {
        summary: "Actuator: a setting, and where it comes from",
        produces,
        params: object({ name: text("Such as `pools.api.servers[0].weight`.") }),
        response: { 200: json("Its value, and all sources.") },
      },
    },
    async ({ params }, reply) => {
      const sources = propertySources(await config.effective()).map(({ name, properties }) => ({
        name,
        ...(Object.hasOwn(properties, params.name) && { property: properties[params.name] }),
      }));
      const [found] = sources.filter(({ property }) => property !== undefined);
      if (found === undefined) throw new Problem(404, "Not found", `there is no setting "${params.name}"`);
      const property = { source: found.name, value: found.property?.value };
      return reply.type(type).send({ property, activeProfiles: [], propertySources: sources });
    },
  );
  server.get(
    "/actuator/configprops",
    {
      schema: {
        summary: "Actuator: the settings by section, secrets hidden",
        produces,
        response: { 200: json("A bean for each section.") },
      },
    },
    async (_request, reply) => reply.type(type).send(configProps(await config.effective())),
  );
  server.get(
    "/actuator/prometheus",
    {
      schema: {
        summary: "Actuator: the metrics as text, as at /metrics",
        produces: ["text/plain"],
        response: { 200: text("Prometheus text, or OpenMetrics by Accept.") },
      },
    },
    async (request, reply) => {
      const { type, text } = await probes.metrics(metricsFormat(request.headers.accept));
      return reply.type(type).serializer(String).send(text);
    },
  );
}

function readTag(tag: string): { readonly label: string; readonly value: string } {
  const at = tag.indexOf(":");
  if (at > 0) return { label: tag.slice(0, at), value: tag.slice(at + 1) };
  throw new Problem(400, "Bad request", `a tag has the form LABEL:VALUE, not "${tag}"`);
}
