import type { ConfigApi } from "../admin/routes/config.ts";
import type { AnswerParts } from "./admin-answers.ts";

/** What is in force, and what replaces it. */
export function configAnswers({ reloader, source }: AnswerParts): ConfigApi {
  return {
    async effective() {
      const { describeConfig } = await import("../config/describe-config.ts");
      return {
        ...describeConfig(reloader.config),
        version: reloader.version,
        origin: source.origin,
        last_reload: reloader.last,
      };
    },
    schema: async () => (await import("../config/json-schema.ts")).jsonSchema(),
    reload: () => reloader.reload("POST /config/reload"),
  };
}
