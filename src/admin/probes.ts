import type { IncomingMessage } from "node:http";
import type { ProbesApi, Reasons } from "./admin-api.ts";

/** An answer, ready to be written. */
export interface ProbeAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

type Probe = (api: ProbesApi) => ProbeAnswer | Promise<ProbeAnswer>;

/** What the kubelet and Prometheus ask all day. */
const probes: ReadonlyMap<string, Probe> = new Map<string, Probe>([
  ["/live", (api) => reasonsAnswer("live", api.live())],
  ["/ready", (api) => reasonsAnswer("ready", api.ready())],
  ["/startup", (api) => reasonsAnswer("started", api.started())],
  ["/health", (api) => reasonsAnswer("healthy", [...api.live(), ...api.ready()])],
  [
    "/metrics",
    async (api) => {
      const { type, text } = await api.metrics();
      return { status: 200, type, body: text };
    },
  ],
]);

/** What is to answer a request, or undefined if it is not for a probe. */
export function findProbe({ method, url }: IncomingMessage): Probe | undefined {
  if (method !== "GET" && method !== "HEAD") return undefined;
  const path = (url ?? "").split("?", 1)[0]!;
  return probes.get(path.replace(/(.)\/$/, "$1"));
}

function reasonsAnswer(question: string, reasons: Reasons): ProbeAnswer {
  const yes = reasons.length === 0;
  return {
    status: yes ? 200 : 503,
    type: "application/json; charset=utf-8",
    body: JSON.stringify({ [question]: yes, reasons }),
  };
}
