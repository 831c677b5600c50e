import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { HttpSliceApi } from "../../../src/upstream/discovery/kubernetes/slice-api.ts";
import type { WatchEvent } from "../../../src/upstream/discovery/kubernetes/slice-book.ts";
import { podmate } from "../../daemon/podmate.ts";
import { makeCertificate } from "../../support/certificates.ts";
import { ControlPlane, needsControlPlane } from "../../support/control-plane.ts";
import { httpPort, pod } from "../../support/endpoint-slices.ts";
import { pathOf, rolesOf } from "../../support/kubernetes-objects.ts";
import { patience } from "../../support/patience.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { until } from "../../support/until.ts";

const never = new AbortController().signal;
const page = readFileSync(new URL("../../../docs/discovery.md", import.meta.url), "utf8");
const slices = pathOf("shop", "discovery.k8s.io/v1", "endpointslices");

/** A slice of the Service `cache`, as its controller would write it. */
function slice(name: string, endpoints: readonly unknown[]) {
  const labels = { "kubernetes.io/service-name": "cache" };
  return { metadata: { name, labels }, addressType: "IPv4", ports: [httpPort], endpoints };
}

// One control plane for all: each test leaves it as the next one expects it.
t.test("a real API server", async (t) => {
  if (!needsControlPlane(t)) return;
  const plane = await ControlPlane.start(t);
  await plane.namespace("shop");
  const access = await plane.account("shop", "app");
  const api = new HttpSliceApi(access, { service: "cache", namespace: null }, () => 0.5);
  const refused = async () => await api.list(never).catch((error: Error) => error.message);

  t.test("without a Role it says which, and with the one of the page it lists", async (t) => {
    t.match(
      await refused(),
      /^the API server answers 403: endpointslices.discovery.k8s.io is forbidden: User "system:serviceaccount:shop:app" cannot list .* in the namespace "shop"; see what docs\/discovery.md says of the Role/,
    );
    await plane.kubectl(["apply", "-f", "-"], rolesOf(page));
    t.match(await api.list(never), { slices: [], version: /^\d+$/ });
  });

  t.test("what is wrong with the account is said before anybody takes it for a missing Role", async (t) => {
    const folder = await tempDir(t);
    const broken = async (file: string, text: string) => {
      for (const name of ["token", "namespace", "ca.crt"])
        await writeFile(join(folder, name), readFileSync(join(access.account, name)));
      await writeFile(join(folder, file), text);
      const other = new HttpSliceApi(
        { ...access, account: folder },
        { service: "cache", namespace: null },
        () => 0,
      );
      return await other.list(never).catch((error: Error) => error.message);
    };
    t.equal(await broken("token", "no-token"), "the API server answers 401: Unauthorized");
    t.match(await broken("token", "\n"), /token is empty/);
    const foreign = makeCertificate(folder, "foreign", ["IP:127.0.0.1"]);
    t.match(
      await broken("ca.crt", readFileSync(foreign.cert, "utf8")),
      new RegExp(
        `^the CA in ${folder}/ca.crt did not sign the certificate of the API server at ${plane.origin}`,
      ),
    );
  });

  t.test("a watch tells of what comes and goes", async (t) => {
    const events: WatchEvent[] = [];
    const end = new AbortController();
    const { version } = await api.list(never);
    const watching = api.watch(
      version,
      () => {},
      (event) => events.push(event),
      end.signal,
    );
    await plane.create(slices, slice("cache-1", [pod("cache-0", "10.0.0.1")]));
    await until(() => events.some(({ type }) => type === "ADDED"));
    await plane.ask("DELETE", `${slices}/cache-1`);
    await until(() => events.some(({ type }) => type === "DELETED"));
    end.abort();
    await t.rejects(watching);
  });

  t.test(
    "the program follows a Service from outside of a pod, and through a restart of the API server",
    async (t) => {
      const file = join(await tempDir(t), "podmate.yaml");
      await writeFile(
        file,
        `admin: { listen: "127.0.0.1:0" }
memcache: [ { name: cache, listen: "127.0.0.1:0", pool: cache } ]
pools: { cache: { discover: { kubernetes: cache, port: http } } }
`,
      );
      const daemon = podmate(t, ["run", "-c", file], [], plane.variables(access));
      const [line] = await daemon.waitForOutput(/^.*"podmate serves".*$/m);
      const { admin } = JSON.parse(line) as { admin: string };
      const pool = async () => {
        const response = await fetch(`http://${admin}/pools/cache`);
        return (await response.json()) as {
          servers: { server: string; address: string }[];
          discovery: { error: string | null };
        };
      };
      const servers = async (wanted: readonly string[]) =>
        await until(async () => {
          const { servers } = await pool();
          return servers.map(({ server, address }) => `${server} ${address}`).join() === wanted.join();
        }, `servers ${wanted}`);

      await servers([]);
      await plane.create(slices, slice("cache-1", [pod("cache-0", "10.0.0.1"), pod("cache-1", "10.0.0.2")]));
      await servers(["cache-0 10.0.0.1:8080", "cache-1 10.0.0.2:8080"]);
      await plane.create(
        slices,
        slice("cache-2", [pod("cache-2", "10.0.0.3"), pod("cache-3", "10.0.0.4", { ready: false })]),
      );
      await servers(["cache-0 10.0.0.1:8080", "cache-1 10.0.0.2:8080", "cache-2 10.0.0.3:8080"]);

      await plane.kill();
      await until(async () => (await pool()).discovery.error?.includes(plane.origin) === true);
      await servers(["cache-0 10.0.0.1:8080", "cache-1 10.0.0.2:8080", "cache-2 10.0.0.3:8080"]);
      plane.restart();
      await plane.ready();
      await plane.ask("DELETE", `${slices}/cache-1`);
      await servers(["cache-2 10.0.0.3:8080"]);
      await until(async () => (await pool()).discovery.error === null);
      t.notMatch(daemon.stdout, /says of the Role that is needed/, "while it starts, no Role is missing");
    },
  );

  t.test("a version from before the restart is too old to watch from", async (t) => {
    const events: WatchEvent[] = [];
    const ended = await api.watch(
      "1",
      () => {},
      (event) => events.push(event),
      AbortSignal.timeout(patience),
    );
    t.equal(ended, "ended", "which the event has to be read for");
    t.match(events, [{ type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired" } }]);
  });
});
