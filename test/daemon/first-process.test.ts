/** podmate as the first process of a container: signals, hooks and what they leave behind, preStop. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import { formatAddress } from "../../src/core/address.ts";
import { get } from "../support/http-messages.ts";
import { readAnswer } from "../support/http-traffic.ts";
import { patientPool } from "../support/patience.ts";
import { needsPods, Pod } from "../support/pod.ts";
import { slowHttp, slowMemcache } from "../support/slow-servers.ts";
import { tempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";
import { runVerb } from "./podmate.ts";

if (needsPods(t)) {
  async function startPod(t: Test, lifecycle: string): Promise<Pod> {
    const [cache, api] = await Promise.all([slowMemcache(t, 1), slowHttp(t, 1)]);
    return await Pod.start(
      t,
      `admin: { listen: "127.0.0.1:0" }
workers: 1
lifecycle: { ${lifecycle} }
memcache: [ { name: cache, listen: "127.0.0.1:0", pool: cache } ]
http: [ { name: api, listen: "127.0.0.1:0", pool: api } ]
pools:
  cache: { servers: [ "${cache.address}" ], ${patientPool} }
  api: { servers: [ "${api.address}" ], ${patientPool} }
`,
    );
  }

  async function view(pod: Pod): Promise<Record<string, unknown>> {
    return (await (await fetch(`http://${pod.admin}/lifecycle`)).json()) as Record<string, unknown>;
  }

  t.test("SIGTERM ends it, and a second one at once", async (t) => {
    const quiet = await startPod(t, "mode: native");
    t.match(quiet.processes(), [{ name: /^node/ }], "it is the first, and alone");
    quiet.kill("SIGTERM");
    t.same(await quiet.exit, { code: 0, signal: null });

    const busy = await startPod(t, "mode: sidecar");
    const client = await WireClient.connect(busy.listeners[0]!);
    t.teardown(() => client.close());
    await client.expectInStep();
    busy.kill("SIGTERM");
    await busy.process.waitForOutput(/"to":"draining"/);
    await client.exchange("get a\r\n", "VALUE a 0 1\r\na\r\nEND\r\n");
    busy.kill("SIGTERM");
    t.same(await busy.exit, { code: 143, signal: null });
  });

  t.test("a signal that comes while it loads is heard", async (t) => {
    const folder = await tempDir(t);
    const loading = await Pod.begin(
      t,
      `admin: { listen: "127.0.0.1:0" }
memcache: [ { name: cache, listen: "unix:${folder}/s", pool: cache } ]
pools: { cache: { servers: [ "127.0.0.1:1" ] } }
`,
    );
    // From when it is there, one signal after the other, so that one of them is the first that it hears.
    const knock = setInterval(() => {
      try {
        const inner = loading.pid();
        if (inner > 0) process.kill(inner, "SIGTERM");
      } catch {
        clearInterval(knock);
      }
    }, 1);
    t.teardown(() => clearInterval(knock));
    const { code, signal } = await loading.process.exit;
    // Before the first line of ours runs, it is Node itself that ends.
    t.ok(code === 143 || signal === "SIGTERM", `${code} ${signal}`);
    t.notMatch(loading.process.stderr, /podmate serves/);
  });

  t.test("hooks hear of each state, and what they leave behind does not stay alive", async (t) => {
    const file = join(await tempDir(t), "told");
    const tell = `echo $PODMATE_FROM $PODMATE_EVENT $PODMATE_REASON >> ${file}`;
    const all = "[ ready, paused, draining, stopped ]";
    const pod = await startPod(
      t,
      `mode: native, hooks: [
        { name: tell, on: ${all}, exec: [ /bin/sh, "-c", "${tell}" ] },
        { name: leave, on: [ paused ], exec: [ /bin/sh, "-c", "sleep 1000 >/dev/null 2>&1 &" ] },
        { name: hang, on: [ paused ], exec: [ /bin/sh, "-c", "sleep 1000" ], timeout: 200ms },
        { name: call, on: [ paused ], http: "http://127.0.0.1:1/" } ]`,
    );
    t.same(
      await runVerb(t, "pause", "--admin", pod.admin, "--reason", "for a test").then(({ code }) => code),
      0,
    );
    await pod.process.waitForOutput(/"hook":"call".*"hook not told"/);
    t.match(await view(pod), {
      state: "paused",
      hooks: [
        { name: "tell", runs: 2, failures: 0, last: { event: "paused", result: "ok" } },
        { name: "leave", runs: 1, failures: 1, last: { result: "failed", error: /left processes behind/ } },
        { name: "hang", runs: 1, failures: 1, last: { result: "timeout" } },
        { name: "call", runs: 1, failures: 1, last: { result: "failed", error: /ECONNREFUSED/ } },
      ],
    });
    await until(() => pod.processes().every(({ name, state }) => name.startsWith("node") || state === "Z"));
    t.match(
      await (await fetch(`http://${pod.admin}/metrics`)).text(),
      /podmate_hook_runs_total\{result="timeout",hook="hang"\} 1/,
    );
    pod.kill("SIGTERM");
    t.same(await pod.exit, { code: 0, signal: null });
    t.same((await readFile(file, "utf8")).trim().split("\n"), [
      "starting ready the listeners are open",
      "ready paused for a test",
      "paused draining SIGTERM",
      "draining stopped all clients are gone",
    ]);
  });

  t.test(
    "preStop: podmate drain --wait comes back when the app is gone, and then SIGTERM ends it",
    async (t) => {
      const pod = await startPod(t, "mode: sidecar, quiet: 200ms");
      const client = await WireClient.connect(pod.listeners[1]!);
      t.teardown(() => client.close());
      const ask = async (): Promise<string> => {
        await client.send(get("/a"));
        return (await readAnswer(client)).body;
      };
      t.equal(await ask(), "/a");
      let drained = false;
      const drain = runVerb(t, "drain", "--wait", "--deadline", "60s", "--admin", pod.admin).then((ended) => {
        drained = true;
        return ended;
      });
      await pod.process.waitForOutput(/"to":"draining","reason":"podmate drain"/);
      t.equal(await ask(), "/a", "the app is served on");
      t.notOk(drained);
      client.close();
      t.match(await drain, { code: 0, stdout: "drained\n" });
      t.match(await view(pod), { state: "draining", drained: true, stopping: false });
      t.equal((await fetch(`http://${pod.admin}/live`)).status, 200);
      t.equal((await fetch(`http://${pod.admin}/ready`)).status, 503);
      await t.rejects(WireClient.connect(pod.listeners[1]!), `${formatAddress(pod.listeners[1]!)} is closed`);
      pod.kill("SIGTERM");
      t.same(await pod.exit, { code: 0, signal: null });
    },
  );
}
