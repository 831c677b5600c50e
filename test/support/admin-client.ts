import { Client } from "undici";
import { startAdmin } from "../../src/admin/admin-server.ts";
import { type Address, formatAddress } from "../../src/core/address.ts";
import { type AdminOverrides, fineAdmin } from "./fine-admin.ts";
import type { Teardown } from "./teardown.ts";

export interface AdminAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** null where the answer is no JSON. */
  readonly json: unknown;
}

export interface AdminRequest {
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

export type AskAdmin = (
  method: "GET" | "POST" | "PUT" | "DELETE" | "PATCH" | "OPTIONS",
  path: string,
  request?: AdminRequest,
) => Promise<AdminAnswer>;

/** Asks a management interface over a connection that ends with the test. */
export function adminClient(t: Teardown, address: Address): AskAdmin {
  const client =
    "path" in address
      ? new Client("http://localhost", { socketPath: address.path })
      : new Client(`http://${formatAddress(address)}`);
  t.teardown(() => client.close());
  return async (method, path, { headers = {}, body: sent } = {}) => {
    const {
      statusCode,
      headers: got,
      body,
    } = await client.request({
      path,
      method,
      headers,
      ...(sent !== undefined && { body: sent }),
    });
    const text = await body.text();
    const isJson = String(got["content-type"]).includes("json");
    return { status: statusCode, headers: got, text, json: isJson ? JSON.parse(text) : null };
  };
}

/** Starts the management interface of a daemon that is well, but for `over`, and asks it. */
export async function askFineAdmin(t: Teardown, over: AdminOverrides = {}): Promise<AskAdmin> {
  const admin = await startAdmin({ host: "127.0.0.1", port: 0 }, fineAdmin(over));
  t.teardown(() => admin.close());
  return adminClient(t, admin.address);
}
