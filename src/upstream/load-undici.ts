import type { Client } from "undici";

/**
 * The HTTP client of what podmate asks for itself, loaded when it is first needed: it takes 18 MB of resident memory, and
 * the whole package 28.
 */
export async function loadUndici(): Promise<typeof Client> {
  return (await import("undici/lib/dispatcher/client.js")).default;
}
