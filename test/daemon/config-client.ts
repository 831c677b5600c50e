import type { Test } from "tap";
import { type AskAdmin, adminClient } from "../support/admin-client.ts";
import { configText, type Daemon } from "./podmate.ts";

/** What `GET /config` answers, as far as tests look at it. */
export interface ConfigAnswer {
  readonly etag: string;
  readonly version: number;
  readonly config: { readonly pools: { readonly main: { readonly timeout: string } } };
}

/** Replaces whichever version is in force. */
export const any = { "if-match": "*" };

/** Asks the management interface of a daemon. */
export function asking(t: Test, { admin }: Daemon): AskAdmin {
  const [host, port] = admin.split(":") as [string, string];
  return adminClient(t, { host, port: Number(port) });
}

export async function configOf(ask: AskAdmin): Promise<ConfigAnswer> {
  return (await ask("GET", "/config")).json as ConfigAnswer;
}

/** The configuration with another timeout, which is easily told apart. */
export function withTimeout(servers: readonly string[], timeout: string): string {
  return configText(servers).replace(" timeout: 60s", ` timeout: ${timeout}`);
}
