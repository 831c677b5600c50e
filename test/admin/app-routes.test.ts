import t from "tap";
import { askFineAdmin } from "../support/admin-client.ts";

t.test("an app registers, says how it is, and takes it back", async (t) => {
  const seen: unknown[] = [];
  const ask = await askFineAdmin(t, {
    app: {
      register: async (given) => void seen.push(given),
      report: async (given) => void seen.push(given),
      unregister: () => false,
    },
  });
  const registration = { health: { http: "http://127.0.0.1:1/" }, ttl: "30s" };
  const send = (body: unknown) => ({
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  t.match(await ask("PUT", "/app", send(registration)), { status: 200, json: { registered: true } });
  t.match(await ask("POST", "/app/health", send({ status: "degraded" })), {
    status: 200,
    json: { status: "degraded" },
  });
  t.same(seen, [registration, { status: "degraded" }]);
  t.match(await ask("DELETE", "/app"), { status: 200, json: { changed: false } });
  t.match(await ask("PUT", "/app", send({ helth: {} })), { status: 400 });
  t.match(await ask("PUT", "/app", send({ health: { http: "x".repeat(5000) } })), { status: 400 });
  t.match(await ask("POST", "/app/health", send({ status: "fine" })), { status: 400 });
  const hook = { on: ["ready"], http: "http://127.0.0.1/" };
  t.match(await ask("PUT", "/app", send({ hooks: Array.from({ length: 17 }, () => hook) })), { status: 400 });
  t.equal(seen.length, 2);
});

t.test("health is a probe, metrics are text, and a configuration may not be there", async (t) => {
  const state = { reasons: ["no disk"], checked: null, said: null };
  const ask = await askFineAdmin(t, {
    app: { health: () => ({ status: "down", ...state }), config: async () => undefined },
  });
  t.match(await ask("GET", "/app/health"), { status: 503, json: { status: "down", reasons: ["no disk"] } });
  t.match(await ask("GET", "/app/metrics"), {
    status: 200,
    headers: { "content-type": "text/plain; version=0.0.4" },
    text: "# TYPE jobs gauge\njobs 1\n",
  });
  t.match(await ask("GET", "/app/config"), { status: 404 });
});

t.test("only who may change something may register, or see the configuration", async (t) => {
  const ask = await askFineAdmin(t);
  const headers = { "x-forwarded-for": "10.0.0.9", "content-type": "application/json" };
  t.match(await ask("PUT", "/app", { headers, body: "{}" }), { status: 403 });
  t.match(await ask("POST", "/app/health", { headers, body: '{"status":"up"}' }), { status: 403 });
  t.match(await ask("DELETE", "/app", { headers }), { status: 403 });
  t.match(await ask("GET", "/app/config", { headers }), { status: 403 });
  t.match(await ask("GET", "/app", { headers }), { status: 200 });
  const page = { origin: "http://evil.example", "content-type": "application/json" };
  t.match(await ask("PUT", "/app", { headers: page, body: "{}" }), { status: 403 });
});
