import type { AccessApi } from "../admin/access.ts";
import { systemClock as clock } from "../core/clock.ts";
import type { AnswerParts } from "./admin-answers.ts";

/** Who may change what, as the configuration in force says, and the record of who did. */
export function accessAnswers({ reloader, logger }: AnswerParts): AccessApi {
  const log = logger.child("admin");
  return {
    settings() {
      const { remote, hosts } = reloader.config.admin;
      return { token_file: remote?.token_file ?? null, hosts };
    },
    now: () => clock.now(),
    changed({ method, route, status, from, allowed }) {
      // The route is one of a few only where the caller may ask for it; of others all lines are alike.
      if (allowed === "no") log("warn", { method, route, status, from }, "a change was refused");
      else log("info", { method, route, status, from, allowed }, `${method} ${route}`);
    },
    noTokens: (err) => log("error", { err }, "the file of tokens cannot be read, so no token counts"),
  };
}
