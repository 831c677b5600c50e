import { BAD_FORMAT } from "./memcache-command.ts";
import { MAX_KEY } from "./memcache-store.ts";

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The key as stored (latin1, one character per byte) from its base64 form, or null if it is none. */
export function decodeKey(text: string): string | null {
  return text !== "" && BASE64.test(text) ? Buffer.from(text, "base64").toString("latin1") : null;
}

/** The key as a client wrote it, or would have: in base64, followed by the flag `b`, if `binary`. */
export function printKey(key: string, binary: boolean): string {
  return binary ? `${Buffer.from(key, "latin1").toString("base64")} b` : key;
}

/** The line that refuses a key as it came, or null. */
export function refuseKey(text: string): string | null {
  return text.length > MAX_KEY ? BAD_FORMAT : null;
}
