/** Which pool a request goes to, and what its server sees of the path. */
import t, { type Test } from "tap";
import type { HttpRoute } from "../../src/proxy/http/http-listener-options.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { get, head, ok, problem } from "../support/http-messages.ts";
import {
  httpPoolOptions,
  httpRoute,
  setUpHttp,
  startHttpPeer,
  startHttpPlane,
} from "../support/http-plane.ts";
import { namedServers } from "../support/plane.ts";
import { WireClient } from "../support/wire-client.ts";

/** Routes of one listener, each to a pool of its own, whose server says the route's name and what it saw. */
async function startRoutes(t: Test, routes: readonly Partial<HttpRoute>[]) {
  const named = routes.map((route, i) => httpRoute({ name: `r${i}`, pool: `p${i}`, ...route }));
  const pools = await Promise.all(
    [...new Set(named.map(({ pool }) => pool))].map(async (name) => {
      const peer = await startHttpPeer(t);
      peer.answer((request) => ok(`${name} ${request.split(" ")[1]}`));
      return httpPoolOptions(name, namedServers([peer.address]));
    }),
  );
  const plane = await startHttpPlane(t, [], { pools, listener: { routes: named }, clock: new FakeClock() });
  const client = await WireClient.connect(plane.address);
  t.teardown(() => client.close());
  /** The pool that a request comes to, and the path that its server sees; or null. */
  const ask = async (request: string): Promise<string | null> => {
    await client.send(request);
    const answer = (await client.readUntil("\r\n\r\n")).toString("latin1");
    const length = Number(/content-length: (\d+)/i.exec(answer)![1]);
    const body = (await client.read(length)).toString("latin1");
    return answer.startsWith("HTTP/1.1 200 ") ? body : null;
  };
  return { plane, ask };
}

const to = (host: string, path = "/", ...lines: string[]) =>
  head(`GET ${path} HTTP/1.1`, `Host: ${host}`, ...lines);

t.test("by host", async (t) => {
  const { ask } = await startRoutes(t, [
    { host: "a.test" },
    { host: "*.a.test" },
    { host: "[::1]" },
    { host: "10.0.0.1" },
  ]);
  for (const [host, expected] of [
    ["a.test", "p0 /"],
    ["A.Test", "p0 /"],
    ["a.test:8080", "p0 /"],
    ["b.a.test", "p1 /"],
    ["c.b.A.test:80", "p1 /"],
    [".a.test", null],
    ["ba.test", null],
    ["a.test.b", null],
    ["a.tes", null],
    ["[::1]", "p2 /"],
    ["[::1]:8080", "p2 /"],
    ["10.0.0.1:1", "p3 /"],
    ["", null],
  ] as const) {
    t.equal(await ask(to(host)), expected, `Host: ${host}`);
  }
  t.equal(
    await ask(head("GET http://a.test/x HTTP/1.1", "Host: other")),
    "p0 /x",
    "an absolute target counts",
  );
});

t.test("by path, in whole segments", async (t) => {
  const { ask } = await startRoutes(t, [{ path: "/api" }, { path: "/web/" }, { path: "/%41" }]);
  for (const [path, expected] of [
    ["/api", "p0 /api"],
    ["/api/", "p0 /api/"],
    ["/api/x?y", "p0 /api/x?y"],
    ["/api?x", "p0 /api?x"],
    ["/apix", null],
    ["/ap", null],
    ["/API", null],
    ["//api", null],
    ["/web", null],
    ["/web/", "p1 /web/"],
    ["/web/x", "p1 /web/x"],
    ["/%41/b", "p2 /%41/b"],
    ["/A", null],
    ["/x?/api", null],
  ] as const) {
    t.equal(await ask(get(path)), expected, path);
  }
});

t.test("by headers, all of them", async (t) => {
  const { ask } = await startRoutes(t, [
    {
      headers: [
        { name: "x-a", value: null },
        { name: "x-b", value: "1" },
      ],
    },
    { headers: [{ name: "x-b", value: "So: 1" }] },
  ]);
  for (const [lines, expected] of [
    [["X-A: x", "X-B: 1"], "p0 /"],
    [["X-A:", "X-b:\t1 "], "p0 /"],
    [["X-A: x", "X-B: 0", "X-B: 1"], "p0 /"],
    [["X-A: x"], null],
    [["X-B: 1"], null],
    [["X-A: x", "X-B: 11"], null],
    [["X-B: So: 1"], "p1 /"],
    [["X-B: so: 1"], null],
  ] as const) {
    t.equal(await ask(get("/", ...lines)), expected, lines.join(", "));
  }
});

t.test("the first that matches decides", async (t) => {
  const { ask } = await startRoutes(t, [
    { path: "/a/b" },
    { path: "/a", host: "h" },
    { path: "/a" },
    { path: "/" },
  ]);
  t.equal(await ask(get("/a/b/c")), "p0 /a/b/c");
  t.equal(await ask(get("/a/c")), "p1 /a/c");
  t.equal(await ask(to("i", "/a/c")), "p2 /a/c");
  t.equal(await ask(get("/")), "p3 /");
  t.equal(await ask(head("OPTIONS * HTTP/1.1", "Host: h")), "p3 *");
});

t.test("rewrite", async (t) => {
  const { ask } = await startRoutes(t, [
    { path: "/api", rewrite: "/v2" },
    { path: "/root", rewrite: "/" },
    { path: "/slash/", rewrite: "/to/" },
    { path: "/", rewrite: "/all" },
  ]);
  for (const [path, expected] of [
    ["/api", "p0 /v2"],
    ["/api/x//y?z=/api", "p0 /v2/x//y?z=/api"],
    ["/api?x", "p0 /v2?x"],
    ["/root", "p1 /"],
    ["/root?x", "p1 /?x"],
    ["/root/x", "p1 /x"],
    ["/slash/", "p2 /to/"],
    ["/slash/x", "p2 /to/x"],
    ["/", "p3 /all/"],
    ["/x/y", "p3 /all/x/y"],
    ["http://h", "p3 /all"],
    ["http://h/api/x", "p0 /v2/x"],
  ] as const) {
    t.equal(await ask(get(path)), expected, path);
  }
  t.equal(await ask(head("OPTIONS * HTTP/1.1", "Host: h")), "p3 *", "an asterisk is no path");
});

t.test("no route takes it: 404, and the connection goes on", async (t) => {
  const { plane, connect, peer } = await setUpHttp(t, { route: { path: "/api" } });
  peer.answer(() => ok("x"));
  const client = await connect();
  await client.exchange(get("/other"), problem(404, "no-route", { close: false }));
  await client.exchange(
    `${head("POST / HTTP/1.1", "Host: h", "Content-Length: 0")}`,
    problem(404, "no-route", { close: false }),
  );
  await client.exchange(
    head("HEAD / HTTP/1.1", "Host: h"),
    problem(404, "no-route", { close: false, body: false }),
  );
  await client.exchange(get("/api"), ok("x"));
  t.equal(plane.clientError("no_route"), 3);
  await client.send(`${head("POST / HTTP/1.1", "Host: h", "Content-Length: 1")}x${get("/api")}`);
  await client.expect(problem(404, "no-route"));
  await client.expectClose();
});

t.test("the Host that servers see can be their own", async (t) => {
  const { connect, peer } = await setUpHttp(t, { http: { host: "server" } });
  peer.answer(() => ok("x"));
  const client = await connect();
  const { port } = peer.address as { port: number };
  await client.exchange(get("/a", "X: y"), ok("x"));
  await client.exchange(head("GET http://h/b HTTP/1.1", "Host: i"), ok("x"));
  t.same(peer.requests, [
    head("GET /a HTTP/1.1", "X: y", `Host: 127.0.0.1:${port}`),
    head("GET /b HTTP/1.1", `Host: 127.0.0.1:${port}`),
  ]);
});
