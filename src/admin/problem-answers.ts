import { json, object, text } from "./answer-terms.ts";
import { problemType } from "./problem.ts";

const problem = {
  ...object({
    type: text("`about:blank`."),
    title: text("What kind of error it is."),
    status: json<number>("The status of the answer."),
    detail: text("What it is about this time."),
  }),
  additionalProperties: true,
};

/** Errors as `/openapi.json` describes them. */
export const problemAnswers = {
  description: "What has gone wrong (RFC 9457). Some tell more, such as `errors`.",
  content: { [problemType]: { schema: problem } },
};
