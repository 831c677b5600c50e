import { joinedValue } from "../../upstream/http2/field-lines.ts";

/**
 * Code of gRPC for a status of HTTP that podmate answers with itself. As Envoy's table (UNAVAILABLE for what may go better
 * next time), but DEADLINE_EXCEEDED where time has run out and RESOURCE_EXHAUSTED where something is too long.
 */
const statuses: Readonly<Record<number, number>> = {
  400: 13,
  404: 12,
  405: 12,
  408: 4,
  413: 8,
  414: 8,
  431: 8,
  501: 12,
  502: 14,
  503: 14,
  504: 4,
};
const unknown = 2;

/** Whether a request is a call of gRPC, whose client looks for errors in the trailers only. */
export function isGrpc(raw: readonly string[]): boolean {
  return /^application\/grpc(?:[+;]|$)/i.test(joinedValue(raw, "content-type", ",") ?? "");
}

/** An answer of podmate's own as gRPC has it: HTTP 200 and no more than a head ("Trailers-Only"). */
export function grpcError(status: number, code: string, title: string): Record<string, string | number> {
  return {
    ":status": 200,
    "content-type": "application/grpc",
    "grpc-status": String(statuses[status] ?? unknown),
    "grpc-message": title,
    "podmate-error": code,
  };
}
