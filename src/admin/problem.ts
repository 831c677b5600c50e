/** An error as the management interface tells it: `application/problem+json` (RFC 9457). */
export class Problem extends Error {
  readonly status: number;
  readonly title: string;
  readonly extra: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  /**
   * @param title short and the same for all errors of the kind; `detail` says what it is about this time.
   * @param extra further members of the answer
   * @param headers further header fields of the answer
   */
  constructor(
    status: number,
    title: string,
    detail: string,
    extra: Readonly<Record<string, unknown>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
    this.status = status;
    this.title = title;
    this.extra = extra;
    this.headers = headers;
  }

  toJSON(): Record<string, unknown> {
    return {
      type: "about:blank",
      title: this.title,
      status: this.status,
      detail: this.message,
      ...this.extra,
    };
  }
}

/** Of what the server below refuses by itself. */
const titles: Readonly<Record<number, string>> = {
  413: "Content too large",
  415: "Unsupported media type",
};

/** Any error as a problem; what is not one of ours says no more to the outside than that it happened. */
function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const status = (error as { statusCode?: unknown }).statusCode;
  if (typeof status === "number" && status >= 400 && status < 500) {
    return new Problem(status, titles[status] ?? "Bad request", (error as Error).message);
  }
  return new Problem(500, "Internal error", "the request failed inside podmate; its log says why");
}

export const problemType = "application/problem+json";

/** A problem, ready to be written. */
export interface ProblemAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * What to answer where a request has failed; what is podmate's own fault is logged. A Problem is none, whatever its
 * status: it says all there is to say, such as that nothing is configured.
 */
export function problemAnswer(
  error: unknown,
  log: (fields: Record<string, unknown>, message: string) => void,
): ProblemAnswer {
  const problem = asProblem(error);
  if (problem !== error && problem.status >= 500) log({ err: error }, "management request failed");
  return { status: problem.status, headers: problem.headers, body: JSON.stringify(problem) };
}
