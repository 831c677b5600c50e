/** One kind of load. */
export interface HttpScenario {
  readonly id: string;
  readonly title: string;
  /** Whether the goal for small requests or that for large answers counts; null: neither. */
  readonly size: "small" | "large" | null;
  readonly connections: number;
  readonly method: "GET" | "POST";
  readonly path: string;
  /** Headers of 40 bytes beside those that every request has. */
  readonly extraHeaders: number;
  /** Bytes that are sent, and that come back. */
  readonly body: number;
  readonly answer: number;
  /** Whether each request has a connection of its own. */
  readonly close: boolean;
  /** Requests at once on each connection, by HTTP/2 in cleartext; 0: it is HTTP/1.1. Servers speak 1.1 in any case. */
  readonly streams: number;
}

/** What the servers answer, by path. */
export const answers = { "/small": 100, "/large": 100_000 } as const;

const small: Omit<HttpScenario, "id" | "title"> = {
  size: "small",
  connections: 50,
  method: "GET",
  path: "/small",
  extraHeaders: 0,
  body: 0,
  answer: answers["/small"],
  close: false,
  streams: 0,
};

export const scenarios: readonly HttpScenario[] = [
  { ...small, id: "small", title: "50 connections, small GET" },
  { ...small, id: "one-connection", title: "1 connection, small GET", connections: 1 },
  { ...small, id: "many-connections", title: "500 connections, small GET", connections: 500 },
  { ...small, id: "headers", title: "50 connections, GET with 20 more headers", extraHeaders: 20 },
  { ...small, id: "post-10k", title: "50 connections, POST of 10 KB", method: "POST", body: 10_000 },
  {
    ...small,
    id: "answer-100k",
    title: "50 connections, answers of 100 KB",
    size: "large",
    path: "/large",
    answer: answers["/large"],
  },
  { ...small, id: "connection-per-request", title: "50 clients, a connection per request", close: true },
  {
    ...small,
    id: "http2",
    title: "10 connections of HTTP/2 with 10 streams, small GET",
    size: null,
    connections: 10,
    streams: 10,
  },
];
