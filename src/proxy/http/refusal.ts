import { method } from "../../http1/request-parser.ts";
import type { HttpClientError } from "../../observe/http-metric-labels.ts";
import type { Shed } from "../../observe/metric-labels.ts";
import { HTTP_ROUTE } from "../../observe/metric-layout.ts";
import type { Route } from "./http-router.ts";
import type { HttpSessionHost } from "./http-session-host.ts";
import type { OwnAnswer } from "./own-answer.ts";
import type { RequestBody } from "./request-body.ts";

/** Why podmate does not pass a request on: what it answers, and what that counts as. */
export interface Refusal {
  readonly code: OwnAnswer;
  readonly kind: HttpClientError;
}

export const noRoute: Refusal = { code: "no-route", kind: "no_route" };
const noTunnel: Refusal = { code: "method-not-allowed", kind: "method_not_allowed" };
const tooLarge: Refusal = { code: "body-too-large", kind: "body_too_large" };
const shedding: Readonly<Record<Shed, Refusal>> = {
  overloaded: { code: "overloaded", kind: "overloaded" },
  yielded: { code: "yielded", kind: "yielded" },
};

/** Why a request that has a route is not let in by what its head says; null if it is. */
export function refusalOf(
  of: number,
  body: RequestBody,
  route: Route,
  { options, admission }: HttpSessionHost,
): Refusal | null {
  if (of === method.CONNECT && !(options.connect && route.pool.http.version === 1)) return noTunnel;
  if (body.problem !== null) return tooLarge;
  const shed = admission.refusalFor(route.priority);
  if (shed === null) return null;
  route.block[HTTP_ROUTE.shedRequests]! += 1;
  return shedding[shed];
}
