import type { FastifyInstance } from "fastify";
import { componentStatuses } from "../../core/component-health.ts";
import {
  type Answer,
  count,
  flag,
  json,
  list,
  maybe,
  nullable,
  object,
  oneOf,
  text,
} from "../answer-terms.ts";
import { Problem } from "../problem.ts";

const reasons = list(text("A reason."), "Why it is not up.");
const report = (description: string) =>
  nullable(object({ status: oneOf(componentStatuses, "How it is."), reasons }, description));
const place = nullable(text("URL, address, command or path; null: there is none."));

const state = {
  status: oneOf(
    [...componentStatuses, "unknown"],
    "How the app is; unknown until a check or the app says it.",
  ),
  reasons,
  checked: report("What the checks came to; null: there are none, or no result yet."),
  said: report("What the app says of itself; null: nothing that still counts."),
};
const appHealthView = object(state);

const scrape = object({
  result: oneOf(["ok", "failed", "timeout", "too_large", "malformed"], "How it ended."),
  reason: text("Why there are no metrics; empty if there are."),
  samples: count("Samples that were served."),
  refused_families: count("Metrics left out because their names are podmate's."),
  duration_ms: count("How long it took, in ms."),
  at_unix_ms: count("When it ended, in ms since the Unix epoch."),
});

const appView = object({
  registered: flag("Whether the app has registered."),
  registration_until_unix_ms: nullable(
    count("When that ends by itself, in ms since the Unix epoch; null: never, or there is none."),
  ),
  report_until_unix_ms: nullable(
    count("When what it says of its health ends to count, in ms since the Unix epoch; null: never."),
  ),
  readiness: oneOf(["required", "ignored"], "Whether podmate is ready only while the app is well."),
  health: object({ ...state, check: place }),
  metrics: object({ source: place, last_scrape: nullable(scrape) }),
  config: object({ source: place }),
  hooks: list(text("Name of a hook that the app has registered."), "More of them are at `/lifecycle`."),
});

const shownConfig = object({
  format: oneOf(["json", "yaml", "properties"], "What it is written in."),
  config: json("As the app has it, with what is secret by its name hidden."),
});

const duration = (description: string) => text(description, { maxLength: 20 });
const url = (description: string) => text(description, { maxLength: 2100 });

const registrationBody = object({
  health: maybe(
    object({
      http: maybe(url("URL to ask, on loopback.")),
      tcp: maybe(url("Address that takes connections, as `host:port` on loopback; one of the two.")),
      interval: maybe(duration("From the end of a check to the next, `5s` by default.")),
      timeout: maybe(duration("Longest time of a check, `2s` by default.")),
      threshold: maybe(count("Checks that fail in a row before it is down, 3 by default.")),
    }),
  ),
  metrics: maybe(
    object({
      http: url("URL of its metrics, on loopback."),
      timeout: maybe(duration("Longest time to read them, `1s` by default.")),
      limit: maybe(duration("Largest text, `1MiB` by default.")),
    }),
  ),
  config: maybe(object({ http: url("URL of its configuration, on loopback.") })),
  hooks: maybe({
    ...list(
      object({
        on: list(text("A state, as in `lifecycle.hooks`."), "What it is notified of."),
        http: url("URL that is posted to, on loopback."),
        timeout: maybe(duration("Longest time, `5s` by default.")),
      }),
      "Who is told when podmate's state changes, after the hooks of the configuration.",
    ),
    maxItems: 16,
  }),
  ttl: maybe(duration("How long it counts unless it is repeated, such as `30s`; for ever if absent.")),
});

const reportBody = object({
  status: oneOf(componentStatuses, "How it is."),
  reasons: maybe({ ...list(text("A reason.", { maxLength: 1000 }), "Why it is not up."), maxItems: 64 }),
  ttl: maybe(duration("How long it counts unless it is repeated; until it says otherwise if absent.")),
});

export type AppView = Answer<typeof appView>;
export type AppHealthView = Answer<typeof appHealthView>;
export type AppReportBody = Answer<typeof reportBody>;
export type ShownAppConfig = Answer<typeof shownConfig>;

/** What is asked of the interface that is lent to the app. */
export interface AppApi {
  view(): AppView;
  health(): AppHealthView;
  /** Throws a Problem that says what is wrong with it. */
  register(registration: unknown): Promise<void>;
  /** Whether there was anything to take back. */
  unregister(): boolean;
  /** Throws a Problem where it cannot be taken. */
  report(report: AppReportBody): Promise<void>;
  /** The app's metrics alone, with their content type. */
  metrics(): Promise<{ readonly type: string; readonly text: string }>;
  /** undefined where there is none; throws a Problem where it cannot be shown. */
  config(): Promise<ShownAppConfig | undefined>;
}

/** `/app/*`: what the app beside podmate says of itself, and what is shown of it. */
export function addApp(server: FastifyInstance, api: AppApi): void {
  server.get(
    "/app",
    { schema: { summary: "What is known of the app beside podmate", response: { 200: appView } } },
    () => api.view(),
  );
  server.put(
    "/app",
    {
      schema: {
        summary: "Register the app's health, metrics, configuration and hooks",
        description:
          "In place of what was registered before; repeating it renews `ttl`. What is left out is as configured.",
        body: registrationBody,
        response: { 200: appView },
      },
    },
    async ({ body }) => {
      await api.register(body);
      return api.view();
    },
  );
  server.delete(
    "/app",
    {
      schema: {
        summary: "Take back all that the app has registered and said",
        response: { 200: object({ changed: flag("False: there was nothing.") }) },
      },
    },
    () => ({ changed: api.unregister() }),
  );
  server.get(
    "/app/health",
    {
      schema: {
        summary: "How the app is",
        description: "200 where it is up or degraded, else 503.",
        response: { 200: appHealthView, 503: appHealthView },
      },
    },
    (_request, reply) => {
      const view = api.health();
      return reply.code(view.status === "up" || view.status === "degraded" ? 200 : 503).send(view);
    },
  );
  server.post<{ Body: AppReportBody }>(
    "/app/health",
    {
      schema: {
        summary: "The app says how it is",
        description: "Of this and of the checks, the worse counts.",
        body: reportBody,
        response: { 200: appHealthView },
      },
    },
    async ({ body }) => {
      await api.report(body);
      return api.health();
    },
  );
  server.get(
    "/app/metrics",
    {
      schema: {
        summary: "The app's metrics alone, as they are served at /metrics",
        response: {
          200: {
            description: "Prometheus' text format 0.0.4.",
            content: { "text/plain": { schema: text("Metrics.") } },
          },
        },
      },
    },
    async (_request, reply) => {
      const { type, text } = await api.metrics();
      return reply.type(type).serializer(String).send(text);
    },
  );
  server.get(
    "/app/config",
    {
      config: { guarded: true },
      schema: {
        summary: "The app's configuration, secrets hidden by their names",
        description: "Guarded as changes are, for names tell only so much.",
        response: { 200: shownConfig },
      },
    },
    async () => {
      const shown = await api.config();
      if (shown === undefined) throw new Problem(404, "Not found", "no configuration of the app is known");
      return shown;
    },
  );
}
