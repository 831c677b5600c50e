import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import {
  kubernetesAccess,
  readCredentials,
} from "../../../../src/upstream/discovery/kubernetes/kubernetes-access.ts";
import { HttpSliceApi } from "../../../../src/upstream/discovery/kubernetes/slice-api.ts";
import type { WatchEvent } from "../../../../src/upstream/discovery/kubernetes/slice-book.ts";
import { makeCertificate } from "../../../support/certificates.ts";
import { pod, slice } from "../../../support/endpoint-slices.ts";
import { FakeApiServer, sliceList } from "../../../support/fake-api-server.ts";
import { freePort } from "../../../support/free-port.ts";
import { needs } from "../../../support/needs.ts";
import { tempDir } from "../../../support/temp-dir.ts";
import { until } from "../../../support/until.ts";

const never = new AbortController().signal;

async function serviceAccount(t: Test): Promise<string> {
  const folder = await tempDir(t);
  await writeFile(join(folder, "token"), "token-1\n");
  await writeFile(join(folder, "namespace"), "shop\n");
  return folder;
}

async function setUp(t: Test, namespace: string | null = null) {
  const server = await new FakeApiServer().start(t);
  const account = await serviceAccount(t);
  const api = new HttpSliceApi({ origin: server.origin, account }, { service: "api", namespace }, () => 0.5);
  return { server, account, api };
}

t.test("a list asks for the slices of the Service with the pod's token", async (t) => {
  const { server, api } = await setUp(t);
  const coming = api.list(never);
  const { url, authorization } = await server.answer(
    0,
    200,
    sliceList("7", [slice({ endpoints: [pod("a", "10.0.0.1")] })]),
  );
  t.equal(url.pathname, "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices");
  t.same(
    [...url.searchParams],
    [
      ["labelSelector", "kubernetes.io/service-name=api"],
      ["limit", "100"],
    ],
  );
  t.equal(authorization, "Bearer token-1");
  t.match(await coming, { version: "7", slices: [{ name: "api-x1", endpoints: [{ pod: "a" }] }] });
});

t.test("another namespace is asked where one is named, and the token is read each time", async (t) => {
  const { server, account, api } = await setUp(t, "store");
  const first = api.list(never);
  t.match((await server.answer(0, 200, sliceList("7", []))).url.pathname, /namespaces\/store\//);
  await first;
  await writeFile(join(account, "token"), "token-2");
  const second = api.list(never);
  t.equal((await server.answer(1, 200, sliceList("8", []))).authorization, "Bearer token-2");
  await second;
});

t.test("a long list comes in pages", async (t) => {
  const { server, api } = await setUp(t);
  const coming = api.list(never);
  await server.answer(0, 200, sliceList("7", [slice({ name: "x1" })], "more/of it"));
  const { url } = await server.answer(1, 200, sliceList("7", [slice({ name: "x2" })]));
  t.equal(url.searchParams.get("continue"), "more/of it");
  t.match(await coming, { slices: [{ name: "x1" }, { name: "x2" }] });
});

t.test("what is refused is told in the server's words", async (t) => {
  const { server, api } = await setUp(t);
  const refused = async (status: number, body: unknown): Promise<string> => {
    const index = server.requests.length;
    const coming = api.list(never).catch((error: Error) => error.message);
    await server.answer(index, status, body);
    return String(await coming);
  };
  t.equal(await refused(401, "go away"), "the API server answers 401");
  t.equal(await refused(200, { items: [] }), "the API server's answer is no list");
  t.match(await refused(200, "{]"), /JSON/);
  t.match(await refused(200, sliceList("1", [{}])), /without a name/);
});

t.test("leave that is refused while the API server starts is no missing Role", async (t) => {
  const { server, api } = await setUp(t);
  const forbidden = { kind: "Status", message: 'endpointslices is forbidden: User "x" cannot list' };
  const listed = async (...answers: readonly (readonly [status: number, body: unknown])[]) => {
    const first = server.requests.length;
    const coming = api.list(never).then(
      () => "listed",
      (error: Error) => error.message,
    );
    for (const [index, [status, body]] of answers.entries()) await server.answer(first + index, status, body);
    return await coming;
  };
  const words = "^the API server answers 403: endpointslices is forbidden: User .x. cannot list";
  t.match(
    await listed([403, forbidden], [500, "[-]poststarthook/rbac/bootstrap-roles failed"]),
    new RegExp(`${words}; it is starting and has not loaded the Roles yet \\(/readyz answers 500\\)$`),
  );
  t.equal(server.requests.at(-1)?.url.pathname, "/readyz");
  t.match(
    await listed([403, forbidden], [403, forbidden]),
    new RegExp(
      `${words}; the Role that docs/discovery.md describes is missing, or it is starting .*answers 403\\)$`,
    ),
    "to whom not even this is told",
  );
  t.match(
    await listed([403, forbidden], [200, "ok"], [403, forbidden]),
    new RegExp(`${words}; see what docs/discovery.md says of the Role that is needed$`),
  );
  t.equal(await listed([403, forbidden], [200, "ok"], [200, sliceList("7", [])]), "listed", "ready by then");
});

t.test("a watch gives events line by line, however they are cut", async (t) => {
  const { server, api } = await setUp(t);
  const events: WatchEvent[] = [];
  let opened = false;
  const watching = api.watch(
    "7",
    () => (opened = true),
    (event) => events.push(event),
    never,
  );
  const { url, response } = await server.request(0);
  t.same(Object.fromEntries(url.searchParams), {
    labelSelector: "kubernetes.io/service-name=api",
    watch: "1",
    allowWatchBookmarks: "true",
    resourceVersion: "7",
    timeoutSeconds: "450",
  });
  response.writeHead(200, { "content-type": "application/json" });
  const first = JSON.stringify({ type: "ADDED", object: slice({ name: "ä", version: "8" }) });
  const bytes = Buffer.from(`${first}\n`);
  const middle = bytes.indexOf(0xc3) + 1;
  response.write(bytes.subarray(0, middle));
  await until(() => opened);
  t.same(events, [], "half a line is no event");
  response.write(bytes.subarray(middle));
  await until(() => events.length === 1);
  t.match(events[0], { type: "ADDED", object: { metadata: { name: "ä" } } });
  response.end(`${JSON.stringify({ type: "BOOKMARK", object: {} })}\n`);
  t.equal(await watching, "ended");
  t.equal(events[1]!.type, "BOOKMARK");
});

t.test("a version that is too old is gone", async (t) => {
  const { server, api } = await setUp(t);
  const watching = api.watch(
    "7",
    () => {},
    () => {},
    never,
  );
  await server.answer(0, 410, { kind: "Status", code: 410, message: "too old resource version" });
  t.equal(await watching, "gone");
});

t.test("a watch that is cut, or is no JSON, fails", async (t) => {
  const { server, api } = await setUp(t);
  const cut = api.watch(
    "7",
    () => {},
    () => {},
    never,
  );
  const { response } = await server.request(0);
  response.writeHead(200).write('{"type":"AD');
  response.destroy();
  await t.rejects(cut);
  const garbled = api.watch(
    "7",
    () => {},
    () => {},
    never,
  );
  await server.answer(1, 200, "<html>\n");
  await t.rejects(garbled, /JSON/);
});

t.test("an event that cannot be used ends the watch", async (t) => {
  const { server, api } = await setUp(t);
  const onEvent = (): void => {
    throw new Error("no use");
  };
  const watching = api.watch("7", () => {}, onEvent, never);
  const { response, closed } = await server.request(0);
  response.writeHead(200).write('{"type":"ADDED"}\n');
  await t.rejects(watching, { message: "no use" });
  await closed;
});

t.test("an end that is asked for closes the connection", async (t) => {
  const { server, api } = await setUp(t);
  const end = new AbortController();
  const watching = api.watch(
    "7",
    () => {},
    () => {},
    end.signal,
  );
  const { response, closed } = await server.request(0);
  response.writeHead(200).flushHeaders();
  end.abort();
  await t.rejects(watching);
  await closed;
});

t.test("the API server's certificate is held against the CA of the service account", async (t) => {
  if (!needs(t, "openssl")) return;
  const folder = await serviceAccount(t);
  const certificate = makeCertificate(folder, "api", ["IP:127.0.0.1"]);
  const identity = { cert: readFileSync(certificate.cert), key: readFileSync(certificate.key) };
  const server = await new FakeApiServer(identity).start(t);
  const api = new HttpSliceApi(
    { origin: server.origin, account: folder },
    { service: "api", namespace: null },
    () => 0,
  );
  await writeFile(join(folder, "ca.crt"), identity.cert);
  const coming = api.list(never);
  await server.answer(0, 200, sliceList("7", []));
  t.match(await coming, { version: "7" });
  const other = makeCertificate(folder, "other", ["IP:127.0.0.1"]);
  await writeFile(join(folder, "ca.crt"), readFileSync(other.cert));
  const failed = async () => await api.list(never).catch((error: Error) => error.message);
  const signed = `^the CA in ${folder}/ca.crt did not sign the certificate of the API server at ${server.origin} `;
  t.match(await failed(), new RegExp(`${signed}\\(DEPTH_ZERO_SELF_SIGNED_CERT\\)$`));
  await writeFile(join(folder, "ca.crt"), "no certificate");
  t.match(await failed(), new RegExp(signed));
  await writeFile(join(folder, "ca.crt"), "");
  t.match(await failed(), new RegExp(`^${folder}/ca.crt is empty`));
});

t.test("an API server that is away is named by its address", async (t) => {
  const origin = `http://127.0.0.1:${await freePort()}`;
  const access = { origin, account: await serviceAccount(t) };
  const api = new HttpSliceApi(access, { service: "api", namespace: null }, () => 0);
  await t.rejects(api.list(never), {
    message: `the API server at ${origin} cannot be reached: connect ECONNREFUSED`,
  });
});

t.test("outside of a cluster, or without a service account, it says so", async (t) => {
  const account = await tempDir(t);
  const at = (environment: Record<string, string>) =>
    new HttpSliceApi(
      kubernetesAccess({ ...environment, PODMATE_SERVICE_ACCOUNT: account }),
      { service: "api", namespace: null },
      () => 0,
    ).list(never);
  await t.rejects(at({}), {
    message: /^this is no pod of a cluster: KUBERNETES_SERVICE_HOST is not set; outs/,
  });
  const host = { KUBERNETES_SERVICE_HOST: "127.0.0.1", KUBERNETES_SERVICE_PORT: "1" };
  await t.rejects(at(host), {
    message: /^cannot read .*token \(open ENOENT\); PODMATE_SERVICE_ACCOUNT names the folder/,
  });
  const standard = kubernetesAccess({ KUBERNETES_SERVICE_HOST: "127.0.0.1" });
  await t.rejects(readCredentials(standard), {
    message: /token \(open ENOENT\); is the service account mounted/,
  });
});

t.test("an empty token is none, and neither are two lines", async (t) => {
  const { server, account, api } = await setUp(t);
  await writeFile(join(account, "token"), " \n");
  await t.rejects(api.list(never), {
    message: `${account}/token is empty; it is read again at the next attempt`,
  });
  await writeFile(join(account, "token"), "one\ntwo\n");
  await t.rejects(api.list(never), { message: `${account}/token holds no token` });
  await writeFile(join(account, "token"), "token-1\n");
  await writeFile(join(account, "namespace"), "");
  await t.rejects(api.list(never), { message: /namespace is empty/ });
  t.same(server.requests, [], "nobody is asked");
});

t.test("address and service account come from the environment", async (t) => {
  const originOf = (environment: Record<string, string>) => kubernetesAccess(environment).origin;
  t.equal(originOf({ KUBERNETES_SERVICE_HOST: "10.0.0.1" }), "https://10.0.0.1:443");
  t.equal(
    originOf({ KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "6443" }),
    "https://[fd00::1]:6443",
  );
  t.equal(originOf({ KUBERNETES_SERVICE_HOST: "" }), null);
  const standard = "/var/run/secrets/kubernetes.io/serviceaccount";
  t.equal(kubernetesAccess({}).account, standard);
  t.equal(kubernetesAccess({ PODMATE_SERVICE_ACCOUNT: "" }).account, standard);
  t.equal(kubernetesAccess({ PODMATE_SERVICE_ACCOUNT: "/home/me/account" }).account, "/home/me/account");
});
