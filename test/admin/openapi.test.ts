import { Ajv2020 } from "ajv/dist/2020.js";
import t from "tap";
import { Client } from "undici";
import { startAdmin } from "../../src/admin/admin-server.ts";
import { formatAddress } from "../../src/core/address.ts";
import { fineAdmin } from "../support/fine-admin.ts";

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly summary?: string;
  readonly responses: Readonly<
    Record<string, { readonly content?: Record<string, { readonly schema: object }> }>
  >;
}

/** What stands for the variable parts of a path. */
const examples: Readonly<Record<string, string>> = { pool: "sessions", server: "cache-a" };
const queries: Readonly<Record<string, readonly string[]>> = { "/ring/{pool}": ["?key=a", ""] };

t.test("every route that is read stands in /openapi.json, and answers what that says", async (t) => {
  const admin = await startAdmin({ host: "127.0.0.1", port: 0 }, fineAdmin());
  t.teardown(() => admin.close());
  const client = new Client(`http://${formatAddress(admin.address)}`);
  t.teardown(() => client.close());
  const get = async (path: string) => (await client.request({ path, method: "GET" })).body.json();

  const document = (await get("/openapi.json")) as {
    readonly openapi: string;
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  };
  t.equal(document.openapi, "3.1.0");
  const ajv = new Ajv2020({ strict: false });
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, { summary, responses }] of Object.entries(operations)) {
      t.ok(summary, `${method} ${path} says what it is for`);
      if (responses["204"] !== undefined) continue;
      const { content = {} } = responses["200"] ?? {};
      t.ok(Object.values(content)[0]?.schema, `${method} ${path} says what it answers`);
      const schema = content["application/json"]?.schema;
      if (method !== "get" || schema === undefined) continue;
      const plain = path.replace(/\{(\w+)\}/g, (_, name: string) => examples[name] ?? "");
      const validate = ajv.compile(schema);
      for (const query of queries[path] ?? [""]) {
        const url = `${plain}${query}`;
        t.ok(validate(await get(url)), `${url}: ${ajv.errorsText(validate.errors)}`);
      }
    }
  }
});
