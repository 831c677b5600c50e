import type { IncomingMessage } from "node:http";
import type { ProbesApi, Reasons } from "./admin-api.ts";
import { healthOf, readinessOf } from "./health-view.ts";
import { notAllowed } from "./known-paths.ts";
import { metricsFormat } from "./metrics-format.ts";

/** An answer, ready to be written. */
export interface ProbeAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** Answers one question; `accept` is what the asker would like. */
export type Probe = (api: ProbesApi, accept: string | undefined) => ProbeAnswer | Promise<ProbeAnswer>;

/** What the kubelet and Prometheus ask all day. */
const probes = {
  "/live": (api) => reasonsAnswer("live", api.live()),
  "/ready": (api) => {
    const view = readinessOf(api);
    return jsonAnswer(view.ready, view);
  },
  "/startup": (api) => reasonsAnswer("started", api.started()),
  "/health": (api) => {
    const view = healthOf(api);
    return jsonAnswer(view.healthy, view);
  },
  "/metrics": async (api, accept) => {
    const { type, text } = await api.metrics(metricsFormat(accept));
    return { status: 200, type, body: text };
  },
} as const satisfies Readonly<Record<string, Probe>>;
const methods = ["GET", "HEAD"];
const byPath: ReadonlyMap<string, Probe> = new Map(Object.entries(probes));

/** Where probes are answered. */
export type ProbePath = keyof typeof probes;

/** What is to answer a request, or undefined if it is not for a probe. Throws a Problem where it is not to be read. */
export function findProbe({ method = "", url = "" }: IncomingMessage): Probe | undefined {
  const path = url.split("?", 1)[0]!.replace(/(.)\/$/, "$1");
  const probe = byPath.get(path);
  if (probe !== undefined && !methods.includes(method)) throw notAllowed(method, path, methods);
  return probe;
}

function reasonsAnswer(question: string, reasons: Reasons): ProbeAnswer {
  const yes = reasons.length === 0;
  return jsonAnswer(yes, { [question]: yes, reasons });
}

function jsonAnswer(yes: boolean, body: object): ProbeAnswer {
  return { status: yes ? 200 : 503, type: "application/json; charset=utf-8", body: JSON.stringify(body) };
}
