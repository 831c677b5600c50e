/** The management interface on a unix socket: all that works over TCP works there. */
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import { needs } from "../support/needs.ts";
import { TestProcess } from "../support/process.ts";
import { tempDir } from "../support/temp-dir.ts";
import {
  configText,
  type Daemon,
  podmate,
  runVerb,
  startDaemon,
  startDaemonOn,
  startServers,
} from "./podmate.ts";

async function start(t: Test) {
  const folder = await tempDir(t);
  const socket = join(folder, "admin.sock");
  const probes = join(folder, "probes.sock");
  const admin = `admin: { listen: "unix:${socket}", probes: "unix:${probes}" }`;
  const text = configText(await startServers(t, 1)).replace(/^admin: .*$/m, admin);
  return { daemon: await startDaemon(t, text), socket, probes };
}

/** What curl gets from a path; the status stands in the last line. */
async function curl(t: Test, socket: string, url: string, ...more: readonly string[]): Promise<string> {
  const args = ["-s", "-w", "\n%{http_code}", "--unix-socket", socket, ...more, url];
  const child = new TestProcess(t, "curl", args);
  t.equal((await child.exit).code, 0, url);
  return child.stdout;
}

const verb = (t: Test, { admin }: Daemon, ...args: readonly string[]) =>
  runVerb(t, ...args, "--admin", admin);

t.test("the verbs reach the daemon, from its first state to its last", async (t) => {
  const { daemon, socket, probes } = await start(t);
  t.equal(daemon.admin, `unix:${socket}`);
  t.match(await verb(t, daemon, "wait-ready"), { code: 0 });
  t.match(await verb(t, daemon, "healthcheck"), { code: 0 });
  t.match(await verb(t, daemon, "status"), { code: 0, stdout: /is ready\n(.*\n)*pool main: / });
  t.match(await verb(t, daemon, "top", "--once"), { code: 0, stdout: /^main: memcache/m });
  t.match(await verb(t, daemon, "reload"), { code: 0, stdout: /nothing has changed/ });
  t.match(await verb(t, daemon, "pause"), { code: 0, stdout: /^paused/ });
  t.match(await verb(t, daemon, "resume"), { code: 0, stdout: /^ready/ });

  const follower = podmate(t, ["logs", "-f", "--admin", daemon.admin]);
  await follower.waitForOutput(/podmate serves/);
  t.match(await verb(t, daemon, "drain", "--wait", "--reason", "an upgrade"), {
    code: 0,
    stdout: "drained\n",
  });
  await follower.waitForOutput(/to=draining {2}reason="an upgrade"/);
  t.match(await daemon.process.stop(), { code: 0 });
  t.match(await follower.exit, { code: 0 });
  t.notOk(existsSync(socket) || existsSync(probes), "no file is left");
  t.match(await verb(t, daemon, "status"), {
    code: 1,
    stderr: new RegExp(`no daemon answers at unix:${socket} `),
  });
});

t.test("curl reads and changes; a name that a browser may have been lured to is refused", async (t) => {
  if (!needs(t, "curl")) return;
  const { socket, probes } = await start(t);
  t.match(await curl(t, socket, "http://localhost/metrics"), /^podmate_build_info\{(.*\n)*200$/m);
  t.match(await curl(t, probes, "http://any.example/ready"), /"ready":true.*\n200$/);
  t.match(await curl(t, probes, "http://localhost/pools"), /\n404$/);
  t.match(await curl(t, socket, "http://localhost/access"), /"may_change":true/);

  // A browser by way of `ssh -L 9901:/…/admin.sock`.
  const page = "http://localhost:9901";
  t.match(await curl(t, socket, `${page}/`), /<!doctype html>(.*\n)*200$/i);
  const pause = ["-X", "POST", "-H", "sec-fetch-site: same-origin", "-H"];
  t.match(
    await curl(t, socket, `${page}/lifecycle/pause`, ...pause, `origin: ${page}`),
    /"paused"(.*\n)*200$/,
  );
  t.match(
    await curl(t, socket, `${page}/lifecycle/resume`, ...pause, "origin: http://evil.example"),
    /\n403$/,
  );
  t.match(await curl(t, socket, "http://evil.example/"), /Host \\"evil.example\\" .*\n403$/);
  t.match(await curl(t, socket, `${page}/lifecycle`), /"state":"paused"/);

  // Whoever has come through a proxy is not taken for local.
  const forwarded = ["-H", "x-forwarded-for: 10.0.0.7", "-X", "POST"];
  t.match(await curl(t, socket, `${page}/lifecycle/resume`, ...forwarded), /through a proxy.*\n403$/);
});

t.test("the socket of a daemon that was killed is replaced, that of one that lives is not", async (t) => {
  const { daemon, socket } = await start(t);
  await daemon.process.stop("SIGKILL");
  t.ok(existsSync(socket));
  const next = await startDaemonOn(t, daemon.file);
  t.match(await verb(t, next, "healthcheck"), { code: 0 });

  t.match(await runVerb(t, "run", "-c", daemon.file), {
    code: 1,
    stderr: new RegExp(`cannot listen on unix:${socket}: another process has it`),
  });
  t.match(await verb(t, next, "healthcheck"), { code: 0 }, "it is there as before");
  await next.process.stop();

  await writeFile(socket, "precious");
  t.match(await runVerb(t, "run", "-c", daemon.file), { code: 1, stderr: /a file that is no socket/ });
  t.equal(await readFile(socket, "utf8"), "precious");
});
