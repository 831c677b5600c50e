import t from "tap";
import { askFineAdmin } from "../support/admin-client.ts";

/** What stands in `Allow`, by path. */
const paths: Readonly<Record<string, string>> = {
  "/pools": "GET, HEAD",
  "/pools/?limit=1": "GET, HEAD",
  "/pools/sessions": "GET, HEAD",
  "/pools/sessions/servers/cache-a": "GET, HEAD, POST",
  "/ring/sessions/preview": "POST",
  "/config": "GET, HEAD, PUT",
  "/config/reload": "POST",
  "/app": "DELETE, GET, HEAD, PUT",
  "/actuator/health/readiness/ambassador": "GET, HEAD",
  "/lifecycle/yield": "DELETE, POST",
  "/openapi.json": "GET, HEAD",
  "/": "GET, HEAD",
  "/live": "GET, HEAD",
  "/health/": "GET, HEAD",
  "/metrics?x": "GET, HEAD",
};

t.test("a method that a path does not take is 405, with those it takes", async (t) => {
  const ask = await askFineAdmin(t);
  for (const [path, allow] of Object.entries(paths)) {
    for (const method of ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"] as const) {
      if (allow.split(", ").includes(method)) continue;
      t.match(
        // Nobody looks at the body of such a request.
        await ask(method, path, { headers: { "content-type": "text/nonsense" }, body: "?" }),
        {
          status: 405,
          headers: { allow, "content-type": /^application\/problem\+json/ },
          json: {
            title: "Method not allowed",
            status: 405,
            detail: new RegExp(`takes ${allow}, not ${method}$`),
          },
        },
        `${method} ${path}`,
      );
    }
  }
});

t.test("who may not ask is not told which methods there are", async (t) => {
  const ask = await askFineAdmin(t);
  t.match(await ask("POST", "/pools", { headers: { host: "evil.example" } }), {
    status: 403,
    headers: { allow: undefined },
  });
});

t.test("what is no path at all stays 404, whatever the method", async (t) => {
  const ask = await askFineAdmin(t);
  for (const path of ["/nope", "/pools/sessions/nope", "/config/nope", "/actuatornope", "/dashboard"]) {
    for (const method of ["GET", "POST", "PATCH"] as const) {
      t.match(await ask(method, path), { status: 404, headers: { allow: undefined } }, `${method} ${path}`);
    }
  }
});
