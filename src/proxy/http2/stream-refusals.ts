/** What a request of HTTP/2 is refused for before the parser of heads sees it, or after that has found nothing wrong. */
export const streamRefusals = {
  malformed: { status: 400, code: "bad-request", reason: "The request is malformed." },
  unsupportedScheme: {
    status: 400,
    code: "unsupported-scheme",
    reason: "The request is neither for http nor for https.",
  },
  connect: { status: 501, code: "not-implemented", reason: "CONNECT is not spoken over HTTP/2 here." },
} as const;
