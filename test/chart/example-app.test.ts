import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import { formatAddress } from "../../src/core/address.ts";
import { configText, startDaemon, startServers } from "../daemon/podmate.ts";
import { freePort } from "../support/free-port.ts";
import { startHttpApp } from "../support/http-app.ts";
import { TestProcess } from "../support/process.ts";

const script = fileURLToPath(new URL("../../charts/podmate-example/files/app.mjs", import.meta.url));

/** The example's app, with this environment alone. */
function runApp(t: Test, env: Readonly<Record<string, string>>): TestProcess {
  return new TestProcess(t, process.execPath, [script], { env });
}

/** What the pod of `helm test` runs. */
async function visitScript(): Promise<string> {
  return await readFile(new URL("../../charts/podmate-example/files/visit.mjs", import.meta.url), "utf8");
}

/** Starts it as a server, and gives what asks it. */
async function serveApp(t: Test, env: Readonly<Record<string, string>>) {
  const app = runApp(t, { ...env, PORT: "0" });
  const [, port] = await app.waitForOutput(/^serves on port (\d+)$/m);
  return {
    app,
    port,
    get: async (path: string): Promise<string> =>
      await (await fetch(`http://127.0.0.1:${port}${path}`)).text(),
  };
}

t.test("counts visits through podmate", async (t) => {
  const daemon = await startDaemon(t, configText(await startServers(t, 3)));
  const { app, get } = await serveApp(t, { CACHE: formatAddress(daemon.listener) });
  const visit = async (user: string): Promise<unknown> => JSON.parse(await get(`/?user=${user}`));
  t.strictSame(await visit("ann"), { user: "ann", visits: 1 });
  t.strictSame(await visit("ann"), { user: "ann", visits: 2 });
  t.strictSame(await visit("a%20user"), { user: "a user", visits: 1 });
  const many = await Promise.all(Array.from({ length: 20 }, () => visit("bob")));
  const counts = many.map((each) => (each as { visits: number }).visits);
  t.strictSame(
    counts.sort((a, b) => a - b),
    Array.from({ length: 20 }, (_, index) => index + 1),
  );
  t.equal(await get("/healthz"), "ok\n");
  t.strictSame(await app.stop(), { code: 0, signal: null });
});

t.test("asks the backend as the user", async (t) => {
  const { address } = await startHttpApp(t, ({ url, headers }, response) => {
    response.end(`${url} for ${headers["x-user-id"]}`);
  });
  const { get } = await serveApp(t, { BACKEND: `http://${formatAddress(address)}` });
  t.equal(await get("/backend/orders?user=ann"), "/backend/orders for ann");
  t.strictSame(JSON.parse(await get("/")), { user: "nobody", visits: null });
});

t.test("goes on without a cache", async (t) => {
  const { get } = await serveApp(t, { CACHE: `127.0.0.1:${await freePort()}` });
  t.strictSame(JSON.parse(await get("/?user=ann")), { user: "ann", visits: null });
});

t.test("helm test visits it, and fails where visits are not counted", async (t) => {
  const daemon = await startDaemon(t, configText(await startServers(t, 3)));
  const visit = async (env: Readonly<Record<string, string>>, COUNTS: string) => {
    const { port } = await serveApp(t, env);
    const child = new TestProcess(
      t,
      process.execPath,
      ["--input-type=module", "--eval", await visitScript()],
      {
        env: { APP: `http://127.0.0.1:${port}`, COUNTS },
      },
    );
    const { code } = await child.exit;
    return { code, said: child.stdout + child.stderr };
  };
  const counted = await visit({ CACHE: formatAddress(daemon.listener) }, "yes");
  t.match(counted, { code: 0, said: /^200 .*"visits":1\}\n200 .*"visits":2\}\n$/ });
  t.match(await visit({}, "no"), { code: 0 });
  t.match(await visit({}, "yes"), {
    code: 1,
    said: /null and then null visits: the app does not reach memcached/,
  });
});

t.test("as a Job it fails where podmate does not let itself be ended", async (t) => {
  const { address } = await startHttpApp(t, (_, response) => response.writeHead(403).end());
  const STOP = `http://${formatAddress(address)}/lifecycle/stop`;
  const daemon = await startDaemon(t, configText(await startServers(t, 1)));
  const job = runApp(t, { CACHE: formatAddress(daemon.listener), VISITS: "1", STOP });
  t.match(await job.exit, { code: 1 });
  t.match(job.stderr, `${STOP} answered 403`);
});

t.test("as a Job it makes its visits, ends, and has podmate end", async (t) => {
  const daemon = await startDaemon(t, configText(await startServers(t, 3)));
  const STOP = `http://${daemon.admin}/lifecycle/stop`;
  const job = runApp(t, { CACHE: formatAddress(daemon.listener), VISITS: "250", STOP });
  t.strictSame(await job.exit, { code: 0, signal: null }, job.stderr);
  t.equal(job.stdout, "made 250 visits\n");
  t.strictSame(await daemon.process.exit, { code: 0, signal: null });
});
