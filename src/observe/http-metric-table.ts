import {
  fault,
  httpClientError,
  httpMethod,
  httpUpstreamError,
  ownStatus,
  statusClass,
} from "./http-metric-labels.ts";
import type { Metric } from "./metric.ts";
import { outcome, rejectReason } from "./metric-labels.ts";

const byMethod = { label: "method", values: httpMethod };
const byReason = { label: "reason", values: rejectReason };
const byStatus = { label: "status", values: statusClass };
const byCode = { label: "code", values: ownStatus };
const byClientError = { label: "kind", values: httpClientError };
const byUpstreamError = { label: "kind", values: httpUpstreamError };
const byFault = { label: "fault", values: fault };
const byOutcome = { label: "result", values: outcome };

/** The metrics of HTTP: a part of the table in `metric-table.ts`. */
export const httpMetricTable = {
  httpListener: {
    connections: { kind: "counter", help: "Client connections accepted." },
    openConnections: { kind: "gauge", help: "Client connections open now." },
    rejectedConnections: {
      kind: "counter",
      help: "Client connections turned away, by reason.",
      by: byReason,
    },
    requests: { kind: "counter", help: "Requests received from clients, by method.", by: byMethod },
    requestsInFlight: { kind: "gauge", help: "Requests whose answer is not complete now." },
    ownAnswers: { kind: "counter", help: "Answers that podmate gave itself, by status.", by: byCode },
    errors: { kind: "counter", help: "Errors on the side of the clients, by kind.", by: byClientError },
    tunnels: { kind: "gauge", help: "Connections that are tunnels now, by Upgrade or CONNECT." },
    readBytes: { kind: "counter", unit: "bytes", help: "Bytes read from clients." },
    writtenBytes: { kind: "counter", unit: "bytes", help: "Bytes written to clients." },
    bufferedBytes: {
      kind: "gauge",
      unit: "bytes",
      help: "Bytes of memory held for clients now: requests and answers on their way, those in HTTP/2 streams and, over TLS, encrypted ones among them.",
    },
  },
  httpRoute: {
    requests: {
      kind: "counter",
      help: "Requests that the route took, by class of the status that the client got.",
      by: byStatus,
    },
    ownAnswers: {
      kind: "counter",
      help: "Those of them that podmate answered itself, by status.",
      by: byCode,
    },
    shedRequests: {
      kind: "counter",
      help: "Those of them refused because too much was under way for the route's priority.",
    },
    requestsInFlight: { kind: "gauge", help: "Requests whose answer is not complete now." },
    requestDuration: {
      kind: "histogram",
      unit: "seconds",
      help: "Time from a request's head to the end of its answer (downstream view); without requests that no server has seen.",
    },
  },
  httpPool: {
    requests: { kind: "counter", help: "Requests routed to the pool." },
    responses: {
      kind: "counter",
      help: "What the requests came to, retries left out, by class of the status.",
      by: byStatus,
    },
    errors: {
      kind: "counter",
      help: "Requests that got no good answer from the pool, by kind.",
      by: byUpstreamError,
    },
    retries: { kind: "counter", help: "Further attempts at requests." },
    retriesRefused: { kind: "counter", help: "Further attempts not made because the budget was used up." },
    overflows: {
      kind: "counter",
      help: "Requests sent to another server than their own because that had its share (balance_factor).",
    },
    panic: {
      kind: "gauge",
      help: "Workers that use servers out of service too, because too few are in service.",
    },
    requestsInFlight: { kind: "gauge", help: "Requests whose answer is not complete now." },
    requestDuration: {
      kind: "histogram",
      unit: "seconds",
      help: "Time from a request's arrival at the pool to the end of its answer, retries included; without requests that no server has seen.",
    },
  },
  httpServer: {
    requests: { kind: "counter", help: "Requests sent to the server." },
    responses: { kind: "counter", help: "Answers of the server, by class of the status.", by: byStatus },
    errors: {
      kind: "counter",
      help: "Requests to the server without a good answer, by kind.",
      by: byUpstreamError,
    },
    failures: {
      kind: "counter",
      help: "Attempts at requests that failed at the server, by whose fault that was: only its own counts towards its ejection.",
      by: byFault,
    },
    connects: { kind: "counter", help: "Connections opened to the server." },
    openConnections: { kind: "gauge", help: "Connections to the server open now." },
    idleConnections: { kind: "gauge", help: "Those of them that carry no request now." },
    reusedFailures: {
      kind: "counter",
      help: "Requests sent over a connection that the server had closed meanwhile, or that it says it has not begun with.",
    },
    pendingRequests: { kind: "gauge", help: "Requests waiting for a connection to the server now." },
    requestsInFlight: { kind: "gauge", help: "Requests sent to the server and not yet answered in full." },
    timeToHead: {
      kind: "histogram",
      unit: "seconds",
      help: "Time from a request's arrival at the server's queue to the head of the answer (upstream view).",
    },
    readBytes: { kind: "counter", unit: "bytes", help: "Bytes read from the server." },
    writtenBytes: { kind: "counter", unit: "bytes", help: "Bytes written to the server." },
    ejections: { kind: "counter", help: "Times the server was taken out of service." },
    readmissions: { kind: "counter", help: "Times the server was put back into service." },
    ejected: { kind: "gauge", help: "1 while the server is out of service." },
    probes: { kind: "counter", help: "Probes of the server, by result.", by: byOutcome },
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Metric>>>>;
