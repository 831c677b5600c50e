import type { Request } from "autocannon";
import type { HttpLoadOptions } from "./http-load-options.ts";

/** How many different keys the requests carry in `x-key`, so that a consistent hash spreads them over the servers. */
export const keyCount = 64;
/** Of an extra header, without its line end. */
export const extraHeaderBytes = 40;

type RequestShape = Pick<HttpLoadOptions, "method" | "path" | "extraHeaders" | "body" | "close">;

/** The requests of a load run, which differ by their key. */
export function httpRequests({ method, path, extraHeaders, body, close }: RequestShape): Request[] {
  const common = { ...extra(extraHeaders), ...(close && { connection: "close" }) };
  return Array.from({ length: keyCount }, (_, key) => ({
    method,
    path,
    headers: { ...common, "x-key": `user-${key}` },
    ...(body > 0 && { body: "x".repeat(body) }),
  }));
}

function extra(count: number): Record<string, string> {
  const names = Array.from({ length: count }, (_, index) => `x-extra-${String(index).padStart(2, "0")}`);
  return Object.fromEntries(names.map((name) => [name, "v".repeat(extraHeaderBytes - name.length - 2)]));
}
