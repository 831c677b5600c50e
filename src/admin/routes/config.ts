import type { FastifyInstance } from "fastify";
import { count, json, list, object, text } from "../answer-terms.ts";
import { Problem } from "../problem.ts";

/** How a change of the configuration ended. */
export interface ChangeView {
  readonly ok: boolean;
  readonly version: number;
  readonly changes: readonly string[];
  readonly errors: readonly string[];
}

/** What is asked about the configuration. */
export interface ConfigApi {
  /** What is in force. */
  effective(): Promise<unknown>;
  schema(): Promise<unknown>;
  reload(): Promise<ChangeView>;
}

const changed = object({
  version: count("Version in force now."),
  changes: list(text("A difference."), "What is different now."),
});

/** `/config` */
export function addConfig(server: FastifyInstance, api: ConfigApi): void {
  server.get(
    "/config",
    {
      schema: {
        summary: "The configuration in force, secrets hidden",
        response: { 200: json("The settings, where they come from, and the last reload.") },
      },
    },
    () => api.effective(),
  );
  server.get(
    "/config/schema",
    {
      schema: {
        summary: "JSON Schema of the configuration file",
        response: { 200: json("A JSON Schema, draft 2020-12.") },
      },
    },
    (_request, reply) => {
      reply.type("application/schema+json");
      return api.schema();
    },
  );
  server.post(
    "/config/reload",
    { schema: { summary: "Read the configuration file again", response: { 200: changed } } },
    async () => {
      const { ok, version, changes, errors } = await api.reload();
      if (!ok)
        throw new Problem(422, "Not reloaded", `version ${version} stays in force`, { version, errors });
      return { version, changes };
    },
  );
}
