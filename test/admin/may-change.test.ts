import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import { Client } from "undici";
import { startAdmin } from "../../src/admin/admin-server.ts";
import { formatAddress } from "../../src/core/address.ts";
import { fineAdmin } from "../support/fine-admin.ts";
import { tempDir } from "../support/temp-dir.ts";

async function access(t: Test, headers: Record<string, string>, token_file: string | null = null) {
  const api = fineAdmin({ access: { settings: () => ({ token_file, hosts: [] }) } });
  const admin = await startAdmin({ host: "127.0.0.1", port: 0 }, api);
  t.teardown(() => admin.close());
  const client = new Client(`http://${formatAddress(admin.address)}`);
  t.teardown(() => client.destroy());
  const { statusCode, body } = await client.request({ path: "/access", method: "GET", headers });
  return { status: statusCode, ...((await body.json()) as object) };
}

const forwarded = { "x-forwarded-for": "10.0.0.9" };

t.test("a caller learns what it may do, before it tries", async (t) => {
  t.same(await access(t, {}), { status: 200, may_change: true, needs_token: false, reason: "" });
  t.same(await access(t, forwarded), {
    status: 200,
    may_change: false,
    needs_token: false,
    reason: "changes are taken from loopback only, not through a proxy",
  });
  const file = join(await tempDir(t), "token");
  await writeFile(file, "0123456789abcdef0123456789abcdef\n");
  t.match(await access(t, forwarded, file), { status: 200, may_change: false, needs_token: true });
  const authorization = "Bearer 0123456789abcdef0123456789abcdef";
  t.match(await access(t, { ...forwarded, authorization }, file), { may_change: true });
  t.match(await access(t, { origin: "http://elsewhere.example" }), { may_change: false, needs_token: false });
});
