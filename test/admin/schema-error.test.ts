import t from "tap";
import { askFineAdmin } from "../support/admin-client.ts";

t.test("who asks for what does not exist is told what does", async (t) => {
  const ask = await askFineAdmin(t);
  const headers = { "content-type": "application/json" };
  const detail = async (...[method, path, body]: readonly ["GET" | "PUT" | "POST", string, object?]) => {
    const { json } = await ask(method, path, body && { headers, body: JSON.stringify(body) });
    return (json as { readonly detail: string }).detail;
  };
  t.equal(
    await detail("GET", "/logs?level=loud"),
    "level of the query: give one of trace, debug, info, warn, error, fatal",
  );
  t.equal(await detail("GET", "/logs?levle=info"), 'the query has no "levle"');
  t.equal(await detail("GET", "/connections?limit=0"), "limit of the query must be >= 1");
  t.equal(await detail("PUT", "/log-level", {}), "the body must have required property 'level'");
  t.equal(
    await detail("POST", "/pools/sessions/servers/cache-a", { weight: -1 }),
    "weight of the body must be >= 1",
  );
});

t.test("a body that is too large, or of a kind that is not read, is told as that", async (t) => {
  const ask = await askFineAdmin(t);
  const body = JSON.stringify({ level: "x".repeat(300_000) });
  t.match(await ask("PUT", "/log-level", { headers: { "content-type": "application/json" }, body }), {
    status: 413,
    json: { title: "Content too large" },
  });
  t.match(
    await ask("PUT", "/log-level", {
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "level=debug",
    }),
    {
      status: 415,
      json: { title: "Unsupported media type" },
    },
  );
});
