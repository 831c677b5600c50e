import { Ajv2020 } from "ajv/dist/2020.js";
import t from "tap";
import type { ChangeOptions } from "../../src/admin/routes/config.ts";
import { askFineAdmin } from "../support/admin-client.ts";
import { fineChange } from "../support/fine-admin.ts";

const any = { "if-match": "*" };

t.test("/config and every answer to a change carry the ETag of the version in force", async (t) => {
  const ask = await askFineAdmin(t);
  t.match(await ask("GET", "/config"), { status: 200, headers: { etag: '"1-x"' }, json: { etag: '"1-x"' } });
  t.match(await ask("PUT", "/config", { headers: any, body: "a: 1" }), {
    status: 200,
    headers: { etag: '"2-x"' },
    json: { version: 2, dry_run: false, changes: ["changed a"], needs_restart: [], notes: [] },
  });
  t.match(await ask("POST", "/config/rollback"), { status: 200, headers: { etag: '"2-x"' } });
  t.match(await ask("GET", "/config/versions"), { json: { versions: [{ version: 1, in_force: true }] } });
});

t.test("what is sent is handed on as text, whatever it is said to be", async (t) => {
  const texts: string[] = [];
  const put = async (text: string) => {
    texts.push(text);
    return fineChange;
  };
  const ask = await askFineAdmin(t, { config: { put } });
  const types = [undefined, "application/yaml", "application/json", "application/x-www-form-urlencoded"];
  for (const type of types) {
    const headers = { ...any, ...(type && { "content-type": type }) };
    t.match(await ask("PUT", "/config", { headers, body: '{"ü":\n1' }), { status: 200 }, type ?? "none");
  }
  t.match(await ask("PUT", "/config", { headers: any }), { status: 200 });
  t.same(texts, ['{"ü":\n1', '{"ü":\n1', '{"ü":\n1', '{"ü":\n1', ""]);
  t.match(await ask("PUT", "/config", { headers: any, body: Buffer.from([0xff]) }), {
    status: 400,
    json: { detail: "the body is not valid UTF-8" },
  });
  t.match(await ask("PUT", "/config", { headers: any, body: "x".repeat(2 ** 20 + 1) }), { status: 413 });
});

t.test("PUT /config wants to know what it replaces, but for a dry run", async (t) => {
  const asked: ChangeOptions[] = [];
  const put = async (_text: string, options: ChangeOptions) => {
    asked.push(options);
    return { ...fineChange, dry_run: options.dryRun };
  };
  const ask = await askFineAdmin(t, { config: { put } });
  t.match(await ask("PUT", "/config"), { status: 428, json: { title: "Precondition required" } });
  t.match(await ask("PUT", "/config?dry-run"), { status: 200, json: { dry_run: true } });
  t.match(await ask("PUT", "/config", { headers: { "if-match": '"1-x", "2-x"' } }), { status: 200 });
  t.match(await ask("PUT", "/config?dry-run=false", { headers: any }), { status: 200 });
  t.match(await ask("PUT", "/config", { headers: { "if-match": "1-x" } }), { status: 400 });
  t.same(asked, [
    { dryRun: true, ifMatch: null },
    { dryRun: false, ifMatch: ['"1-x"', '"2-x"'] },
    { dryRun: false, ifMatch: "*" },
  ]);
});

t.test("a mistyped dry run changes nothing", async (t) => {
  const change = () => t.fail("must not be called") as never;
  const ask = await askFineAdmin(t, { config: { put: change, reload: change, rollback: change } });
  for (const path of ["/config?dryrun", "/config?dry-run=yes"]) {
    t.match(await ask("PUT", path, { headers: any }), { status: 400 }, path);
  }
  t.match(await ask("POST", "/config/reload?dry_run"), { status: 400 });
  t.match(await ask("POST", "/config/rollback?version=two"), { status: 400 });
});

t.test("reload and rollback hand on what they are asked", async (t) => {
  const asked: unknown[] = [];
  const ask = await askFineAdmin(t, {
    config: {
      reload: async (options) => {
        asked.push(options);
        return fineChange;
      },
      rollback: async (version, options) => {
        asked.push(version, options);
        return fineChange;
      },
    },
  });
  await ask("POST", "/config/reload?force&dry-run");
  await ask("POST", "/config/rollback?version=2", { headers: { "if-match": '"3-x"' } });
  await ask("POST", "/config/rollback");
  t.same(asked, [
    { force: true, dryRun: true, ifMatch: null },
    2,
    { dryRun: false, ifMatch: ['"3-x"'] },
    undefined,
    { dryRun: false, ifMatch: null },
  ]);
});

t.test("why nothing has changed is a problem of its own", async (t) => {
  const failed = { ...fineChange, version: 3, etag: '"3-x"', changes: [] };
  const ask = await askFineAdmin(t, {
    config: {
      put: async () => ({ ...failed, failure: "stale", errors: [] }),
      reload: async () => ({ ...failed, failure: "refused", errors: ["f.yml:1:1: a: wrong"] }),
      rollback: async () => ({ ...failed, failure: "unknown", errors: ["version 9 is not kept"] }),
    },
  });
  t.match(await ask("PUT", "/config", { headers: { "if-match": '"2-x"' } }), {
    status: 412,
    headers: { etag: '"3-x"' },
    json: { detail: "version 3 is in force, and If-Match names another", version: 3, etag: '"3-x"' },
  });
  t.match(await ask("POST", "/config/reload"), {
    status: 422,
    json: { title: "Not reloaded", errors: ["f.yml:1:1: a: wrong"], version: 3 },
  });
  t.match(await ask("POST", "/config/rollback?version=9"), {
    status: 404,
    json: { detail: "version 9 is not kept" },
  });
});

t.test("where many changes wait already, one more is told to come later", async (t) => {
  const ask = await askFineAdmin(t, { config: { waiting: () => 16 } });
  t.match(await ask("POST", "/config/reload"), { status: 429, headers: { "retry-after": "1" } });
});

t.test("what changes the configuration is described, and answers as described", async (t) => {
  const ask = await askFineAdmin(t);
  const { paths } = (await ask("GET", "/openapi.json")).json as { paths: Record<string, Described> };
  const changes = [
    ["PUT", "/config"],
    ["POST", "/config/reload"],
    ["POST", "/config/rollback"],
  ] as const;
  for (const [method, path] of changes) {
    const operation = paths[path]?.[method.toLowerCase()];
    t.match(operation?.parameters, [{ in: "query", name: "dry-run" }], path);
    t.ok(operation?.parameters.some(({ name }) => name === "if-match"));
    const validate = new Ajv2020({ strict: false }).compile(
      operation?.responses["200"]?.content["application/json"].schema ?? false,
    );
    const { json } = await ask(method, path, { headers: any });
    t.ok(validate(json), `${path}: ${JSON.stringify(validate.errors)}`);
  }
  const body = paths["/config"]?.["put"]?.requestBody;
  t.same(Object.keys(body?.content ?? {}), ["application/yaml", "application/json"]);
});

type Described = Record<
  string,
  {
    readonly parameters: readonly { readonly in: string; readonly name: string }[];
    readonly requestBody?: { readonly content: object };
    readonly responses: Record<
      string,
      { readonly content: { readonly "application/json": { readonly schema: object } } }
    >;
  }
>;
