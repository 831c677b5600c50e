import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import t, { type Test } from "tap";
import { systemClock as clock } from "../../../src/core/clock.ts";
import type { HealthCheck } from "../../../src/roles/app/app-options.ts";
import { checkApp } from "../../../src/roles/app/check-app.ts";
import { readText } from "../../../src/roles/app/read-text.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { until } from "../../support/until.ts";

/** An app that does `answer` on each connection. */
async function startApp(
  t: Test,
  answer: (socket: Socket) => void,
): Promise<{ port: number; open: Set<Socket> }> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("error", () => {}).on("close", () => open.delete(socket));
    socket.once("data", () => answer(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return { port: (server.address() as { port: number }).port, open };
}

function check(kind: HealthCheck, signal = new AbortController().signal) {
  const options = { check: kind, interval: 1_000, timeout: 5_000, threshold: 1 };
  return checkApp(options, signal, { env: process.env, clock });
}

const http = (port: number): HealthCheck => ({ kind: "http", url: `http://127.0.0.1:${port}/healthz` });
const says = (status: string, body: string) => (socket: Socket) =>
  void socket.end(`HTTP/1.1 ${status}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);

t.test("http: 2xx is well, unless it says that it is not; anything else is down", async (t) => {
  const cases = [
    ["200 OK", "fine", "up"],
    ["204 No Content", "", "up"],
    ["200 OK", '{"status":"UP"}', "up"],
    ["200 OK", '{"status":"degraded","reasons":["slow\\u0007 disk",7]}', "degraded"],
    ["200 OK", '{"status":"DOWN"}', "down"],
    ["200 OK", '{"status":{"a":1}}', "up"],
  ] as const;
  for (const [status, body, expected] of cases) {
    const { port } = await startApp(t, says(status, body));
    t.match(await check(http(port)), { status: expected }, `${status} ${body}`);
  }
  const degraded = await startApp(t, says("200 OK", cases[3][1]));
  t.same(await check(http(degraded.port)), { status: "degraded", reasons: ["slow  disk"] });
  for (const status of ["302 Found", "404 Not Found", "503 Busy"]) {
    const { port } = await startApp(t, says(status, ""));
    await t.rejects(check(http(port)), { message: `it answers ${status.slice(0, 3)}` });
  }
});

t.test("http: an app that answers without an end is read so far and let go", async (t) => {
  const { port, open } = await startApp(t, (socket) => {
    socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    const more = (): boolean => socket.writable && socket.write(`1000\r\n${"x".repeat(4096)}\r\n`) && more();
    socket.on("drain", more);
    more();
  });
  t.match(await check(http(port)), { status: "up" });
  await until(() => open.size === 0);
  const reading = readText(
    { kind: "http", url: `http://127.0.0.1:${port}/` },
    { limit: 1e5, accept: "*/*", signal: new AbortController().signal },
  );
  await t.rejects(reading, /larger than 100000 bytes/);
  await until(() => open.size === 0);
});

t.test("http: an app that hangs is given up with the signal, and left", async (t) => {
  for (const start of ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"]) {
    const { port, open } = await startApp(t, (socket) => void (start !== "" && socket.write(start)));
    const controller = new AbortController();
    const checked = check(http(port), controller.signal);
    await until(() => open.size === 1);
    controller.abort(new Error("too long"));
    await t.rejects(checked, JSON.stringify(start));
    await until(() => open.size === 0);
  }
});

t.test("http: garbage, a head without an end, and a closed connection are failures", async (t) => {
  const { port } = await startApp(t, (socket) => void socket.end("SSH-2.0-OpenSSH\r\n"));
  await t.rejects(check(http(port)));
  const endless = await startApp(t, (socket) => {
    socket.write("HTTP/1.1 200 OK\r\n");
    for (let i = 0; i < 200; i++) socket.write(`X-${i}: ${"y".repeat(1000)}\r\n`);
  });
  await t.rejects(check(http(endless.port)));
  const gone = await startApp(t, (socket) => void socket.resetAndDestroy());
  await t.rejects(check(http(gone.port)));
});

t.test("tcp: whether it takes connections", async (t) => {
  const { port } = await startApp(t, () => {});
  const at = (port: number): HealthCheck => ({ kind: "tcp", address: { host: "127.0.0.1", port } });
  t.match(await check(at(port)), { status: "up" });
  t.match(await check(at(1)), { status: "down", reasons: ["connect ECONNREFUSED"] });
});

t.test("exec: 0 is well; what fails or hangs is told of, and killed", async (t) => {
  const run = (...words: string[]): HealthCheck => ({
    kind: "exec",
    command: words[0]!,
    args: words.slice(1),
  });
  t.match(await check(run("/bin/sh", "-c", "exit 0")), { status: "up" });
  await t.rejects(check(run("/bin/sh", "-c", "echo no disk >&2; exit 3")), {
    message: "it ended with 3: no disk",
  });
  await t.rejects(check(run("/nonexistent")), { code: "ENOENT" });
  const controller = new AbortController();
  const checked = check(run("/bin/sh", "-c", "yes & yes"), controller.signal);
  setImmediate(() => controller.abort());
  await t.rejects(checked, /SIGKILL/);
});

t.test("file: there is one, and it says nothing else", async (t) => {
  const path = join(await tempDir(t), "well");
  const file: HealthCheck = { kind: "file", path };
  await t.rejects(check(file), { code: "ENOENT" });
  await writeFile(path, "");
  t.match(await check(file), { status: "up" });
  await writeFile(path, '{"status":"down","reasons":["no disk"]}');
  t.same(await check(file), { status: "down", reasons: ["no disk"] });
  const pipe = `${path}.pipe`;
  execFileSync("mkfifo", [pipe]);
  await t.rejects(check({ kind: "file", path: pipe }), /no regular file/);
  await t.rejects(check({ kind: "file", path: "/dev/zero" }), /no regular file/);
});
