/** What is left of the log when the daemon ends. */
import { request } from "node:http";
import t from "tap";
import { startHttpEcho } from "../../src/embedded/http-echo.ts";
import { configText, type Daemon, startDaemon, startServers } from "./podmate.ts";

/** The lines of stderr, each of which is JSON. */
function linesOf({ process }: Daemon): Readonly<Record<string, unknown>>[] {
  return process.stderr
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

t.test("a reader of stderr that comes late and after SIGTERM finds every line", async (t) => {
  const echo = await startHttpEcho({ name: "a" });
  t.teardown(() => echo.close());
  const { port } = echo.address as { port: number };
  const daemon = await startDaemon(
    t,
    `admin: { listen: "127.0.0.1:0" }
workers: 1
lifecycle: { mode: native, drain: 20s }
http: [ { name: web, listen: "127.0.0.1:0", access_log: on, pool: main } ]
pools: { main: { servers: [ "127.0.0.1:${port}" ], connect_timeout: 60s } }
`,
  );
  // Several times what a pipe holds, and less than what podmate holds before it drops lines.
  const count = 300;
  const path = `/${"x".repeat(1_000)}`;
  daemon.process.setReading(false);
  for (let i = 0; i < count; i++) await get(daemon, `${path}${i}`);
  daemon.process.kill("SIGTERM");
  daemon.process.setReading(true);
  t.same(await daemon.process.exit, { code: 0, signal: null });
  const lines = linesOf(daemon);
  const paths = new Set(lines.filter(({ module }) => module === "access").map((line) => line["path"]));
  t.equal(paths.size, count);
  t.match(lines.at(-1), { to: "stopped" });
});

t.test("a reader of stderr that is gone takes its lines with it, and nothing else", async (t) => {
  const daemon = await startDaemon(t, configText(await startServers(t, 1)));
  daemon.process.closeOutput();
  const body = JSON.stringify({ level: "debug" });
  const headers = { "content-type": "application/json" };
  // A change is logged.
  const changed = await fetch(`http://${daemon.admin}/log-level`, { method: "PUT", headers, body });
  t.equal(changed.status, 200);
  t.match(await daemon.get("/live"), { status: 200 });
  daemon.process.kill("SIGTERM");
  t.same(await daemon.process.ended, { code: 0, signal: null });
});

async function get({ listener }: Daemon, path: string): Promise<void> {
  if (!("port" in listener)) throw new Error("a port was expected");
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  request({ host: listener.host, port: listener.port, path }, (response) => {
    response.resume().on("end", resolve);
  })
    .on("error", reject)
    .end();
  await promise;
}
