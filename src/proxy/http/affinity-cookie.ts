import type { AffinityOptions } from "./http-listener-options.ts";
import { randomHex } from "./request-ids.ts";

/** A cookie to be given out. */
export interface Affinity {
  readonly name: string;
  readonly options: AffinityOptions;
}

const sameSite = { lax: "Lax", strict: "Strict", none: "None" } as const;

/** A new cookie by which a client's requests keep to one server: its value, and the line that hands it out (RFC 6265 4.1). */
export function affinityCookie({ name, options }: Affinity): {
  readonly value: Buffer;
  readonly line: string;
} {
  const value = randomHex(32);
  const lifetime = options.max_age > 0 ? `; Max-Age=${options.max_age}` : "";
  const secure = options.secure ? "; Secure" : "";
  const rest = `${lifetime}; HttpOnly${secure}; SameSite=${sameSite[options.same_site]}`;
  return {
    value: Buffer.from(value),
    line: `Set-Cookie: ${name}=${value}; Path=${options.path}${rest}\r\n`,
  };
}
