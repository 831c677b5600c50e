import type { HeadProblem } from "../../http1/head-problem.ts";
import type { HttpClientError } from "../../observe/http-metric-labels.ts";

/** As what a request counts that is refused with a status. */
export const problemErrors: Readonly<Record<HeadProblem["status"], HttpClientError>> = {
  400: "bad_request",
  414: "target_too_long",
  417: "expectation_failed",
  431: "head_too_large",
  501: "not_implemented",
  505: "http_version",
};
