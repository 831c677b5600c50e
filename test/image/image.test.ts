/** The image, built by the steps of the Dockerfile and run as a container, without a container engine. */
import { existsSync } from "node:fs";
import { chmod, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { formatAddress } from "../../src/core/address.ts";
import { startHttpEcho } from "../../src/embedded/http-echo.ts";
import { startServers } from "../daemon/podmate.ts";
import { makeCertificate } from "../support/certificates.ts";
import { Http2Client } from "../support/http2-peers.ts";
import { patientPool } from "../support/patience.ts";
import { tempDir } from "../support/temp-dir.ts";
import { WireClient } from "../support/wire-client.ts";
import { buildImage } from "./built-image.ts";
import { Container, needsContainers } from "./container.ts";

/** In bytes; Node's own program is not counted. */
const largestApp = 25e6;

/** Far above what is measured, in millions of bytes: for what would have gone badly wrong. */
const mostMemory = 150;

// Building takes its time on a machine that does much else.
t.setTimeout(300_000);

t.test("the image", async (t) => {
  if (!needsContainers(t)) return;
  const image = await buildImage(t);

  t.test("it holds what runs, and nothing else", async (t) => {
    const { runtime, app } = image.parts;
    const files = await filesOf(app);
    const size = await sizeOf(app, files);
    t.comment(`${(size / 1e6).toFixed(1)} MB without Node, ${files.length} files`);
    t.ok(size <= largestApp, `${size} bytes are at most ${largestApp}`);
    t.same(
      files.filter((file) => /\.d\.[cm]?ts$|\.map$|readme\.md$/i.test(file)),
      [],
      "no typings, maps and prose",
    );
    t.same(await developmentPackages(app), [], "no package that only development needs");
    t.ok(files.includes("app/dist/admin/dashboard/dashboard.html"));
    t.ok(
      files.some((file) => /fastify\/LICENSE$/.test(file)),
      "licences stay",
    );
    const programs = await readdir(join(image.root, "usr/bin"));
    t.same(programs.sort(), ["node", "podmate"]);
    t.notOk(existsSync(join(image.root, "bin")), "no shell");
    t.comment(
      `${((await sizeOf(runtime, await filesOf(runtime))) / 1e6).toFixed(0)} MB are Node and its libraries`,
    );
  });

  t.test("it serves as a user without rights, on a root that is read-only, and ends cleanly", async (t) => {
    const [memcached = ""] = await startServers(t, 1);
    const echo = await startHttpEcho({ name: "echo" });
    t.teardown(() => echo.close());
    const config = await configFolder(
      t,
      `admin: { listen: "127.0.0.1:0" }
workers: 1
lifecycle: { mode: native }
memcache: [ { name: cache, listen: "127.0.0.1:0", pool: cache } ]
http: [ { name: api, listen: "127.0.0.1:0", pool: api } ]
pools:
  cache: { servers: [ "${memcached}" ], ${patientPool} }
  api: { servers: [ "${formatAddress(echo.address)}" ], ${patientPool} }
`,
    );
    const began = performance.now();
    const container = new Container(t, image, config);
    const [line] = await container.waitForLog(/^.*"podmate serves".*$/m);
    t.comment(
      `${Math.round(performance.now() - began)} ms from its start to its readiness, ${container.memory.toFixed(1)} MB resident`,
    );
    const { admin, listeners } = JSON.parse(line) as { admin: string; listeners: [string, string] };
    const [host = "", port] = listeners[0].split(":");

    const client = await WireClient.connect({ host, port: Number(port) });
    t.teardown(() => client.close());
    await client.exchange("set greeting 0 0 5\r\nhello\r\n", "STORED\r\n");
    await client.exchange("get greeting\r\n", "VALUE greeting 0 5\r\nhello\r\nEND\r\n");
    const answer = await fetch(`http://${listeners[1]}/hello`);
    t.match(await answer.json(), { server: "echo", method: "GET", path: "/hello" });
    t.match(await (await fetch(`http://${admin}/`)).text(), /<html/, "the dashboard is there");

    const status = await readFile(`/proc/${container.pid}/status`, "utf8");
    t.match(status, /^Uid:\s+65532\s+65532\s+65532\s+65532$/m);
    t.match(status, /^Groups:\s*$/m);
    t.match(status, /^CapEff:\s+0+$/m);
    t.match(status, /^NoNewPrivs:\s+1$/m);
    t.match(status, /^NSpid:\s+\d+\s+1$/m, "it is the first process of its namespace");
    const write = await container.exec("node", "-e", "fs.writeFileSync('/tmp/x', '')");
    t.match(write, { code: 1, stderr: /EROFS/ });

    const debugged = { NODE_DEBUG_NATIVE: "COMPILE_CACHE" };
    const start = `spawnSync("podmate", ["--version"], { env: { ...process.env, ...${JSON.stringify(debugged)} } })`;
    const { stdout: told } = await container.exec("node", "-p", `String(child_process.${start}.stderr)`);
    t.match(told, /code cache for ESM file:\/\/\/app\/dist\/main\.js was accepted/, "it is compiled already");
    t.notMatch(told, /was rejected/);

    const asked = [...image.healthcheck, "--admin", admin];
    t.match(await container.exec(...asked), { code: 0, stdout: "healthy\n" });
    t.match(await container.exec("podmate", "status", "--admin", admin), { code: 0, stdout: /ready/ });
    const { memory } = container;
    t.comment(`${memory.toFixed(1)} MB resident after traffic, with all of the management interface loaded`);
    t.ok(memory < mostMemory);

    client.close();
    t.same(await container.stop(), { code: 0, signal: null });
    t.match(container.log, /"to":"stopped"/);
  });

  t.test("what only some starts load is there, and finds what it needs", async (t) => {
    const echo = await startHttpEcho({ name: "echo" });
    t.teardown(() => echo.close());
    const config = await configFolder(
      t,
      `admin: { listen: "127.0.0.1:0" }
workers: 2
lifecycle: { mode: native }
app: { config: { file: /etc/podmate/app.yml } }
memcache: [ { name: cache, listen: "127.0.0.1:0", pool: cache } ]
http:
  - { name: api, listen: "127.0.0.1:0", pool: api, http2: true, access_log: on,
      tls: { cert: /etc/podmate/api.crt, key: /etc/podmate/api.key } }
pools:
  cache: { ring: { distribution: hashring }, servers: [ { address: "127.0.0.1:1", name: only } ] }
  api: { discover: { file: /etc/podmate/servers.yml }, ${patientPool} }
`,
    );
    await writeFile(join(config, "app.yml"), "port: 8080\npassword: hunter2\n");
    await writeFile(join(config, "servers.yml"), `[ "${formatAddress(echo.address)}" ]\n`);
    const { cert, key } = makeCertificate(config, "api", ["IP:127.0.0.1"]);
    await chmod(key, 0o644);
    const container = new Container(t, image, config);
    const [line] = await container.waitForLog(/^.*"podmate serves".*$/m);
    const { admin, listeners } = JSON.parse(line) as { admin: string; listeners: [string, string] };

    const [host = "", port] = listeners[1].split(":");
    const client = await Http2Client.connect(
      t,
      { host, port: Number(port) },
      { tls: { ca: await readFile(cert) } },
    );
    const answer = await client.ask({ ":path": "/hello" });
    t.match(JSON.parse(answer.body.toString()), { server: "echo", path: "/hello" });
    client.session.destroy();
    await container.waitForLog(/"module":"access".*"\/hello"/);

    const get = async (path: string) => (await fetch(`http://${admin}${path}`)).text();
    t.match(JSON.parse(await get("/app/config")), { config: { port: 8080, password: /^\*+$/ } });
    t.match(JSON.parse(await get("/openapi.json")), { openapi: /^3/ });
    t.match(JSON.parse(await get("/debug/event-loop?seconds=1")), { threads: [{}, {}, {}] });
    for (const path of ["profile?seconds=1", "heap?thread=worker-1&collected=true&seconds=1"]) {
      t.equal((await get(`/debug/pprof/${path}`)).charCodeAt(0), 0x1f, "it begins as gzip does");
    }

    const file = "/etc/podmate/podmate.yaml";
    const verbs: readonly (readonly [RegExp, ...string[]])[] = [
      [/is good/, "check", "-c", file],
      [/→ only/, "ring", "-c", file, "--pool", "cache", "some-key"],
      [/"\$schema"/, "schema"],
      [/podmate_/, "metrics"],
      [/cache/, "top", "--once", "--admin", admin],
      [/podmate serves/, "logs", "--admin", admin],
    ];
    for (const [stdout, ...words] of verbs) {
      t.match(await container.exec("podmate", ...words), { code: 0, stdout, stderr: "" });
    }
    t.same(await container.stop(), { code: 0, signal: null });
  });

  t.test("who is not there is not healthy", async (t) => {
    const config = await configFolder(t, 'admin: { listen: "127.0.0.1:1" }\n');
    const asking = new Container(t, image, config, ["healthcheck", "--admin", "127.0.0.1:1"]);
    t.same(await asking.exit, { code: 1, signal: null });
    t.match(asking.log, /no daemon answers at 127\.0\.0\.1:1/);
  });

  t.test("a bad configuration is refused with its place", async (t) => {
    const config = await configFolder(t, "memcache: []\nwrokers: 1\n");
    const container = new Container(t, image, config);
    t.same(await container.exit, { code: 64, signal: null });
    t.match(container.log, /^\/etc\/podmate\/podmate\.yaml:2:1: wrokers/m);
  });
});

async function configFolder(t: Parameters<typeof tempDir>[0], text: string): Promise<string> {
  const folder = await tempDir(t);
  await writeFile(join(folder, "podmate.yaml"), text);
  // A temporary folder is its owner's alone.
  await chmod(folder, 0o755);
  return folder;
}

/** Paths of all files, links not followed. */
async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));
}

async function sizeOf(folder: string, files: readonly string[]): Promise<number> {
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Packages of the tree that the lock file has for development only. */
async function developmentPackages(app: string): Promise<string[]> {
  const lock = JSON.parse(await readFile(new URL("../../package-lock.json", import.meta.url), "utf8"));
  const packages = Object.entries(lock.packages as Record<string, { readonly dev?: true }>);
  return packages.flatMap(([path, { dev }]) => (dev && existsSync(join(app, "app", path)) ? [path] : []));
}
