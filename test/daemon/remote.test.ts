import { writeFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { dirname, join } from "node:path";
import t, { type Test } from "tap";
import { type AskAdmin, adminClient } from "../support/admin-client.ts";
import { replaceFile } from "../support/replace-file.ts";
import { tempDir } from "../support/temp-dir.ts";
import { configText, type Daemon, podmate, runVerb, startDaemonOn, startServers } from "./podmate.ts";

const token = "a-token-of-some-length";
const next = "the-next-one-of-some-length";
const bearing = (token: string) => ({ authorization: `Bearer ${token}` });

/** An address of this machine that is not loopback; undefined where it has none. */
const ownAddress = Object.values(networkInterfaces())
  .flat()
  .find((each) => each !== undefined && !each.internal && each.family === "IPv4")?.address;

/** Starts a daemon that listens on all addresses and takes changes from who has the token. */
async function startRemote(t: Test): Promise<Daemon> {
  const file = join(await tempDir(t), "podmate.yml");
  await writeFile(join(dirname(file), "token"), token);
  const text = configText(await startServers(t, 1));
  const admin = 'admin: { listen: "0.0.0.0:0", remote: { token_file: token }, probes: "127.0.0.1:0" }';
  await writeFile(file, text.replace(/^admin.*$/m, admin));
  return startDaemonOn(t, file);
}

function asking(t: Test, { admin }: Daemon, host: string): AskAdmin {
  return adminClient(t, { host, port: Number(admin.split(":")[1]) });
}

t.test("who comes from elsewhere needs the token, which may be exchanged at any time", async (t) => {
  if (ownAddress === undefined) {
    t.plan(0, "this machine has no address but loopback");
    return;
  }
  const daemon = await startRemote(t);
  const ask = asking(t, daemon, ownAddress);
  const reload = async (headers = {}) => (await ask("POST", "/config/reload", { headers })).status;

  t.equal((await ask("GET", "/config")).status, 200, "what is read is open");
  t.match(await ask("POST", "/config/reload"), { status: 401, headers: { "www-authenticate": /^Bearer/ } });
  t.equal(await reload(bearing(next)), 401);
  t.equal(await reload(bearing(token)), 200);
  await daemon.process.waitForOutput(/"status":401,"from":"[\d.]+","msg":"a change was refused"/);
  await daemon.process.waitForOutput(/"allowed":"token","msg":"POST \/config\/reload"/);

  const file = join(dirname(daemon.file), "token");
  await replaceFile(file, `${next}\n`);
  t.equal(await reload(bearing(token)), 401);
  t.equal(await reload(bearing(next)), 200);

  const admin = `${ownAddress}:${daemon.admin.split(":")[1]}`;
  const refused = await runVerb(t, "reload", "--admin", admin);
  t.match(refused, { code: 1, stderr: "podmate: not reloaded: a change from here needs the bearer token\n" });
  process.env["PODMATE_TOKEN_FILE"] = file;
  t.teardown(() => delete process.env["PODMATE_TOKEN_FILE"]);
  t.match(await runVerb(t, "reload", "--admin", admin), { code: 0 });
  const drained = await runVerb(t, "drain", "--wait", "--admin", admin);
  t.match(drained, { code: 0, stdout: "drained\n" }, "as the preStop hook of a pod does");
});

t.test("the token may be taken away by a reload, and loopback needs none", async (t) => {
  const daemon = await startRemote(t);
  const ask = asking(t, daemon, "127.0.0.1");
  const outside = { "x-forwarded-for": "10.0.0.7", ...bearing(token) };
  t.match(await ask("POST", "/config/reload", { headers: outside }), { status: 200 });
  const body = configText(await startServers(t, 1));
  t.match(await ask("PUT", "/config", { headers: { "if-match": "*" }, body }), { status: 200 });
  t.match(await ask("POST", "/config/rollback", { headers: outside }), { status: 403 });
});

t.test("a web page gets nowhere, whatever name it has made point here", async (t) => {
  const daemon = await startRemote(t);
  const ask = asking(t, daemon, "127.0.0.1");
  const rebound = { host: "evil.example" };
  t.match(await ask("GET", "/config", { headers: rebound }), { status: 403 });
  t.match(await ask("POST", "/config/reload", { headers: rebound }), { status: 403 });
  const crossSite = { origin: "http://evil.example", "content-type": "text/plain" };
  t.match(await ask("POST", "/config/reload", { headers: crossSite, body: "x" }), { status: 403 });
  t.match(await ask("GET", "/ready", { headers: rebound }), { status: 200 });
});

t.test("admin.probes serves probes and metrics alone", async (t) => {
  const daemon = await startRemote(t);
  const [, probes] = await daemon.process.waitForOutput(/"probes":"127\.0\.0\.1:(\d+)"/);
  const ask = adminClient(t, { host: "127.0.0.1", port: Number(probes) });
  t.match(await ask("GET", "/ready"), { status: 200, json: { ready: true } });
  t.match(await ask("GET", "/metrics"), { status: 200, text: /podmate_build_info/ });
  t.match(await ask("GET", "/config"), { status: 404 });
  t.match(await ask("POST", "/config/reload"), { status: 404 });
});

t.test("a token file that is missing or holds no token keeps the daemon from starting", async (t) => {
  const folder = await tempDir(t);
  const file = join(folder, "podmate.yml");
  const text = configText(["127.0.0.1:1"]).replace(/^admin.*$/m, "admin: { remote: token }");
  await writeFile(file, text);
  const start = async () => {
    const daemon = podmate(t, ["run", "-c", file]);
    return { ...(await daemon.exit), stderr: daemon.stderr };
  };
  t.match(await start(), { code: 64, stderr: /podmate\.yml:1:\d+: admin\.remote.*: cannot read .*token/ });
  await writeFile(join(folder, "token"), "short\n");
  t.match(await start(), { code: 64, stderr: /the file holds no token: a line of 16 to 1024/ });
});
