import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import t from "tap";
import { systemClock } from "../../src/core/clock.ts";
import { hookCall } from "../../src/lifecycle/hook-call.ts";
import type { HookNews } from "../../src/lifecycle/hook-news.ts";
import type { HookOptions } from "../../src/lifecycle/hook-options.ts";
import { startHttpApp } from "../support/http-app.ts";
import { tempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";

const news: HookNews = {
  event: "draining",
  state: "draining",
  from: "ready",
  reason: "SIGTERM",
  at: 1_000,
  deadline: 26_000,
};
const body = {
  hook: "tell",
  event: "draining",
  state: "draining",
  from: "ready",
  reason: "SIGTERM",
  at_unix_ms: 1_000,
  deadline_unix_ms: 26_000,
};

function tell(call: HookOptions["call"], signal = new AbortController().signal): Promise<void> {
  const hook: HookOptions = { name: "tell", on: ["draining"], timeout: 5_000, call };
  return hookCall({ PATH: process.env["PATH"], GREETING: "hello" }, systemClock)(hook, news, signal);
}

const shell = (script: string): HookOptions["call"] => ({
  kind: "exec",
  command: "/bin/sh",
  args: ["-c", script],
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

t.test("HTTP: the news comes as JSON, and a 2xx is a success", async (t) => {
  const got: unknown[] = [];
  const app = await startHttpApp(t, async (request, response) => {
    got.push([request.method, request.url, request.headers["content-type"], await json(request)]);
    response.writeHead(204).end();
  });
  const { port } = app.address as { port: number };
  await tell({ kind: "http", url: `http://127.0.0.1:${port}/podmate?a=b` });
  t.same(got, [["POST", "/podmate?a=b", "application/json", body]]);
});

t.test("HTTP: another answer, and none, are failures that say what they are", async (t) => {
  const app = await startHttpApp(t, (request, response) => {
    if (request.url === "/moved") response.writeHead(307, { location: "/" }).end();
    else if (request.url === "/cut") request.socket.destroy();
    else response.writeHead(503).end("x".repeat(100_000));
  });
  const { port } = app.address as { port: number };
  const at = (path: string) => tell({ kind: "http", url: `http://127.0.0.1:${port}${path}` });
  await t.rejects(at("/"), { message: "it answered 503" });
  await t.rejects(at("/moved"), { message: "it answered 307" });
  await t.rejects(at("/cut"));
  await t.rejects(tell({ kind: "http", url: "http://127.0.0.1:1/" }), { message: /ECONNREFUSED/ });
});

t.test("HTTP: an answer without an end counts by its status, and is let go", async (t) => {
  const app = await startHttpApp(t, (request, response) => {
    response.writeHead(request.url === "/well" ? 200 : 500);
    const chunk = "x".repeat(64 * 1024);
    const talk = (): void => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on("drain", talk);
    talk();
  });
  const { port } = app.address as { port: number };
  const at = (path: string) => tell({ kind: "http", url: `http://127.0.0.1:${port}${path}` });
  await at("/well");
  await t.rejects(at("/ill"), { message: "it answered 500" });
});

t.test("HTTP: a call that is given up lets go of its connection", async (t) => {
  const app = await startHttpApp(t, () => {});
  const { port } = app.address as { port: number };
  const controller = new AbortController();
  const told = tell({ kind: "http", url: `http://127.0.0.1:${port}/` }, controller.signal);
  const [request] = (await once(app.server, "request")) as [import("node:http").IncomingMessage];
  controller.abort(new Error("too slow"));
  await t.rejects(told, { message: "too slow" });
  await until(() => request.socket.destroyed);
});

t.test("exec: the news is in the environment and on standard input", async (t) => {
  const folder = await tempDir(t);
  const file = join(folder, "news");
  await tell(
    shell(`{ echo $PODMATE_HOOK $PODMATE_EVENT $PODMATE_STATE $PODMATE_FROM $PODMATE_REASON $PODMATE_AT
    echo $PODMATE_DEADLINE $GREETING; cat; } > ${file}`),
  );
  t.equal(
    await readFile(file, "utf8"),
    `tell draining draining ready SIGTERM 1000\n26000 hello\n${JSON.stringify(body)}`,
  );
});

t.test("exec: it fails with what the command said last, and where there is no such command", async (t) => {
  await t.rejects(tell(shell("cat; echo; echo out; echo no room >&2; exit 3")), {
    message: /^it ended with 3: [\s\S]*no room$/,
  });
  await t.rejects(tell(shell("kill -9 $$")), { message: "it ended with SIGKILL" });
  await t.rejects(tell({ kind: "exec", command: "/nonexistent/command", args: [] }), { message: /ENOENT/ });
  const long = await tell(shell("printf '%10000s' x; exit 1")).catch((error: Error) => error.message);
  t.ok(long && long.length < 1_100);
});

t.test("exec: a command that reads nothing and one that says much do not get stuck", async () => {
  await tell(shell("true"));
  await tell(shell("head -c 1000000 /dev/zero"));
});

t.test("exec: what is given up is killed with all that it has started", async (t) => {
  const file = join(await tempDir(t), "pids");
  const controller = new AbortController();
  await writeFile(file, "");
  const told = tell(shell(`sleep 1000 & echo $$ $! > ${file}; wait`), controller.signal);
  let pids: number[] = [];
  await until(async () => {
    pids = (await readFile(file, "utf8")).trim().split(" ").map(Number);
    return pids.length === 2;
  });
  controller.abort();
  await t.rejects(told, { message: /SIGKILL/ });
  await until(async () => !isAlive(pids[0]!) && (await isGone(pids[1]!)));
});

t.test("exec: what a command leaves behind is killed, and told of", async (t) => {
  const file = join(await tempDir(t), "pid");
  await t.rejects(tell(shell(`sleep 1000 >/dev/null 2>&1 & echo $! > ${file}`)), {
    message: "it left processes behind, which were killed",
  });
  const pid = Number(await readFile(file, "utf8"));
  await until(() => isGone(pid));
});

/** Ended, be it that nobody has reaped it. */
async function isGone(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return stat === "" || / [ZX] /.test(stat);
}
