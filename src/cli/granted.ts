import type { Answer } from "./admin-client.ts";
import { CannotGoOn } from "./cannot-go-on.ts";
import { exitCode } from "./verb.ts";

/**
 * What a daemon answers that has done what it was asked for; throws what it has against it. `field` is one that such an
 * answer has: at the address there may be somebody else.
 */
export function granted<T extends object>({ status, body }: Answer, field: keyof T & string): T {
  const answer = parse(body);
  if (status === 200 && field in answer) return answer as T;
  const { detail } = answer as { readonly detail?: string };
  throw new CannotGoOn(exitCode.failed, `podmate: ${detail ?? `the daemon answered ${status}`}`);
}

function parse(body: string): object {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
