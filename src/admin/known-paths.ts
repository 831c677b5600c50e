import { Problem } from "./problem.ts";

/** Which methods each path takes, so that a request with another one is told them (RFC 9110 15.5.6). */
export class KnownPaths {
  readonly #methods = new Map<string, Set<string>>();

  /** @param pattern a path as routes have it: `:name` stands for a part of it, `*` for all that follows. */
  add(pattern: string, methods: string | readonly string[]): void {
    const known = this.#methods.get(pattern) ?? new Set();
    for (const method of [methods].flat()) known.add(method);
    this.#methods.set(pattern, known);
  }

  /** Why a request finds nobody that answers it: its path is unknown, or takes other methods. */
  problemOf(method: string, path: string): Problem {
    const parts = partsOf(path);
    const matching = [...this.#methods].filter(([pattern]) => matches(partsOf(pattern), parts));
    const methods = new Set(matching.flatMap(([, methods]) => [...methods]));
    if (methods.size > 0) return notAllowed(method, path, [...methods].sort());
    return new Problem(404, "Not found", `there is no ${path}`);
  }
}

/** A path does not take the method; `allowed` are those it takes. */
export function notAllowed(method: string, path: string, allowed: readonly string[]): Problem {
  const allow = allowed.join(", ");
  return new Problem(405, "Method not allowed", `${path} takes ${allow}, not ${method}`, {}, { allow });
}

function partsOf(path: string): string[] {
  return path.replace(/(.)\/$/, "$1").split("/");
}

function matches(pattern: readonly string[], parts: readonly string[]): boolean {
  const hasRest = pattern.at(-1) === "*";
  if (hasRest ? parts.length < pattern.length : parts.length !== pattern.length) return false;
  return pattern.every((part, at) => part === parts[at] || part === "*" || part.startsWith(":"));
}
