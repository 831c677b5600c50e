/** The access log of a daemon: what is in a line, which requests have one, and that it stops nobody. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent, type IncomingMessage, request } from "node:http";
import t, { type Test } from "tap";
import { startHttpEcho } from "../../src/embedded/http-echo.ts";
import { type Daemon, startDaemon } from "./podmate.ts";

type Line = Readonly<Record<string, unknown>>;

/** A daemon with listeners of HTTP `on`, `off` and `half`, which differ in their `access_log`. */
async function startLogging(t: Test) {
  const echo = await startHttpEcho({ name: "a" });
  t.teardown(() => echo.close());
  const { host, port } = echo.address as { host: string; port: number };
  const daemon = await startDaemon(
    t,
    `admin: { listen: "127.0.0.1:0" }
workers: 2
lifecycle: { mode: native, drain: 20s }
http:
  - { name: on, listen: "127.0.0.1:0", access_log: on, routes: [ { name: api, path: /api, pool: main } ] }
  - { name: off, listen: "127.0.0.1:0", pool: main }
  - { name: half, listen: "127.0.0.1:0", pool: main, access_log: 0.5 }
pools:
  main:
    servers: [ { address: "${host}:${port}", name: echo-a } ]
    connect_timeout: 60s
`,
  );
  const [, started] = /"listeners":(\[[^\]]*\])/.exec(daemon.process.stderr)!;
  const [on, off, half] = (JSON.parse(started!) as string[]).map((address) => Number(address.split(":")[1]));
  const agent = new Agent({ keepAlive: true, maxSockets: 20 });
  t.teardown(() => agent.destroy());
  /** Sends a request and reads its answer; gives the status. */
  const ask = async (
    port: number | undefined,
    path: string,
    options: { method?: string; body?: string } = {},
  ) => {
    const { method = "GET", body } = options;
    const headers = { "user-agent": "test/1" };
    const outgoing = request({ host: "127.0.0.1", port: port!, path, method, agent, headers });
    outgoing.end(body);
    const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
    answer.resume();
    await once(answer, "end");
    return answer.statusCode;
  };
  const askMany = (port: number | undefined, count: number, path: (i: number) => string) =>
    Promise.all(Array.from({ length: count }, (_, i) => ask(port, path(i))));
  return { daemon, on, off, half, agent, ask, askMany };
}

/** The whole lines of a daemon that has ended. */
function accessLines({ process }: Daemon): Line[] {
  const lines = process.stderr.split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Line).filter(({ module }) => module === "access");
}

/** The fields that the documentation names. */
const documented = [
  ...readFileSync(new URL("../../docs/http.md", import.meta.url), "utf8")
    .split("\n## Access log\n")[1]!
    .matchAll(/^\| (`.*?`) \|/gm),
].flatMap(([, names]) => [...names!.matchAll(/`(\w+)`/g)].map(([, name]) => name!));

t.test(
  "each request has a line with the fields that are documented, and none is lost at the end",
  async (t) => {
    const { daemon, on, off, ask, askMany, agent } = await startLogging(t);
    t.equal(await ask(on, "/api/x?secret=1", { method: "POST", body: "hello" }), 200);
    t.equal(await ask(on, "/elsewhere"), 404);
    const many = 1_000;
    await askMany(on, many, (i) => `/api/${i}`);
    await ask(off, "/api/off");
    // What has just been answered is still being gathered in the workers.
    agent.destroy();
    t.same(await daemon.process.stop("SIGTERM"), { code: 0, signal: null });

    const lines = accessLines(daemon);
    t.equal(lines.length, 2 + many, "a line for each, and none for the listener that logs nothing");
    const shapes = new Set(lines.map((line) => Object.keys(line).sort().join(" ")));
    t.same([...shapes], [[...documented, "level", "module", "msg"].sort().join(" ")]);
    t.match(
      lines.find(({ method }) => method === "POST"),
      {
        level: "info",
        msg: "request",
        time: /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
        listener: "on",
        route: "api",
        pool: "main",
        server: "echo-a",
        client: "127.0.0.1",
        host: `127.0.0.1:${on}`,
        path: "/api/x",
        user_agent: "test/1",
        status: 200,
        error: null,
        duration_us: Number,
        request_bytes: 5,
        response_bytes: Number,
        attempts: 1,
      },
    );
    t.match(
      lines.find(({ status }) => status === 404),
      {
        route: null,
        pool: null,
        server: null,
        path: "/elsewhere",
        error: "no-route",
        attempts: 0,
      },
    );
    const paths = new Set(lines.map(({ path }) => path));
    for (let i = 0; i < many; i++) if (!paths.has(`/api/${i}`)) t.fail(`no line for /api/${i}`);
  },
);

t.test("a share of the requests has lines", async (t) => {
  const { daemon, half, askMany, agent } = await startLogging(t);
  await askMany(half, 1_000, (i) => `/${i}`);
  agent.destroy();
  await daemon.process.stop("SIGTERM");
  const lines = accessLines(daemon);
  // Fifteen standard deviations at either side.
  t.ok(lines.length > 260 && lines.length < 740, `${lines.length} of 1000`);
  t.equal(new Set(lines.map(({ path }) => path)).size, lines.length);
});

t.test("a reader of the log that takes nothing stops neither the traffic nor the end", async (t) => {
  const { daemon, on, askMany, agent } = await startLogging(t);
  daemon.process.setReading(false);
  const path = `/api/${"x".repeat(1_000)}`;
  // Several times what a pipe, and podmate before it, hold.
  for (let i = 0; i < 2; i++) {
    const statuses = await askMany(on, 1_000, () => path);
    t.ok(statuses.every((status) => status === 200));
  }
  agent.destroy();
  daemon.process.kill("SIGTERM");
  t.same(await daemon.process.ended, { code: 0, signal: null });
  daemon.process.setReading(true);
  await daemon.process.exit;
  const lines = accessLines(daemon);
  t.ok(lines.length > 0 && lines.length < 2_000, `${lines.length} lines of 2000 were taken`);
});
