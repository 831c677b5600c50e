import { method } from "../../http1/request-parser.ts";
import { record } from "../../observe/histogram.ts";
import {
  classOfStatus,
  httpMethod,
  httpUpstreamError,
  type OwnStatus,
  ownStatus,
} from "../../observe/http-metric-labels.ts";
import { isUnsent } from "../../observe/metric-labels.ts";
import { HTTP_LISTENER, HTTP_POOL, HTTP_ROUTE } from "../../observe/metric-layout.ts";
import type { HttpFailure } from "../../upstream/http/http-failure.ts";
import { failing } from "../../upstream/outcomes.ts";
import type { Downstream } from "./downstream.ts";
import type { HttpExchange } from "./http-exchange.ts";
import type { Route } from "./http-router.ts";
import type { HttpSessionHost } from "./http-session-host.ts";
import { type OwnAnswer, ownAnswers } from "./own-answer.ts";

/** Metric label by number of the method. */
const methodLabels: readonly number[] = Object.keys(method).map(
  (name) => httpMethod[name.toLowerCase() as keyof typeof httpMethod],
);

/** A request has come. */
export function countArrival({ block, admission }: HttpSessionHost, of: number): void {
  block[HTTP_LISTENER.requests + methodLabels[of]!]! += 1;
  block[HTTP_LISTENER.requestsInFlight]! += 1;
  admission.requests++;
}

/** It has found its route. */
export function countRouted({ block, pool }: Route): void {
  block[HTTP_ROUTE.requestsInFlight]! += 1;
  pool.block[HTTP_POOL.requests]! += 1;
  pool.block[HTTP_POOL.requestsInFlight]! += 1;
  pool.inFlight++;
}

/** No answer came from upstream, or not all of one. */
export function countFailure({ pool }: Route, session: Downstream, { end }: HttpFailure): void {
  const { error, clientError } = failing(end).http;
  if (error !== null) pool.block[HTTP_POOL.errors + httpUpstreamError[error]]! += 1;
  if (clientError !== null) session.count(clientError);
}

/** Podmate answers it itself. */
export function countOwnAnswer(route: Route | null, code: OwnAnswer): void {
  if (route !== null)
    route.block[HTTP_ROUTE.ownAnswers + ownStatus[ownAnswers[code].status as OwnStatus]]! += 1;
}

/** Podmate answers it as its final recipient. */
export function countFinalAnswer({ block }: HttpSessionHost, route: Route): void {
  block[HTTP_LISTENER.ownAnswers + ownStatus[200]]! += 1;
  route.block[HTTP_ROUTE.ownAnswers + ownStatus[200]]! += 1;
}

/** It is over, answered or not, at `now` (ms). */
export function countEnd({ block, admission }: HttpSessionHost, exchange: HttpExchange, now: number): void {
  const { route, status, isTunnel, error } = exchange;
  block[HTTP_LISTENER.requestsInFlight]! -= 1;
  admission.requests--;
  if (isTunnel) block[HTTP_LISTENER.tunnels]! -= 1;
  if (route === null) return;
  const kind = classOfStatus(status);
  const { pool } = route;
  pool.inFlight--;
  pool.block[HTTP_POOL.requestsInFlight]! -= 1;
  pool.block[HTTP_POOL.responses + kind]! += 1;
  route.block[HTTP_ROUTE.requestsInFlight]! -= 1;
  route.block[HTTP_ROUTE.requests + kind]! += 1;
  if (exchange.attempts.budgeted) pool.retries.giveBack();
  // A tunnel's life is no answer's duration, nor is the time of a refusal.
  if (isTunnel || (error !== null && isUnsent(error))) return;
  const micros = (now - exchange.arrived) * 1000;
  record(pool.block, HTTP_POOL.requestDuration, micros);
  record(route.block, HTTP_ROUTE.requestDuration, micros);
}
