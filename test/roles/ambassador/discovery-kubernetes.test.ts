/** A memcache pool that is a headless Service: pods come, leave and are gone, and the API server goes away. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import {
  connect,
  serveUntil,
  snapshot,
  startAmbassador,
  startTwins,
} from "../../support/discovering-ambassador.ts";
import { pod, slice } from "../../support/endpoint-slices.ts";
import { FakeApiServer, sliceList } from "../../support/fake-api-server.ts";
import { tempDir } from "../../support/temp-dir.ts";

t.test("keys keep being served while pods come and go", async (t) => {
  const { port } = await startTwins(t);
  const api = await new FakeApiServer().start(t);
  const account = await tempDir(t);
  await writeFile(join(account, "token"), "secret");
  await writeFile(join(account, "namespace"), "shop");
  const { ambassador } = await startAmbassador(t, {}, 1, { origin: api.origin, account });
  const ports = [{ name: "memcache", port, protocol: "TCP" }];
  const form = (version: string, endpoints: readonly unknown[]) =>
    slice({ name: "cache-1", version, ports, endpoints });
  const stateOf = (id: string) => ambassador.pools()[0]?.servers.find(({ server }) => server === id)?.state;

  const starting = ambassador.apply(
    snapshot({ kind: "kubernetes", service: "cache", namespace: null, port: "memcache" }),
  );
  await api.answer(0, 200, sliceList("1", [form("1", [pod("cache-0", "127.0.0.1")])]));
  await starting;
  const { response } = await api.request(1);
  const tell = (version: string, endpoints: readonly unknown[]): void => {
    response.write(`${JSON.stringify({ type: "MODIFIED", object: form(version, endpoints) })}\n`);
  };
  response.writeHead(200);
  const client = await connect(t, ambassador);
  await serveUntil(client);

  tell("2", [pod("cache-0", "127.0.0.1"), pod("cache-1", "127.0.0.2")]);
  await serveUntil(client, () => stateOf("cache-1") === "ready");

  const leaving = { ready: false, serving: true, terminating: true };
  tell("3", [pod("cache-0", "127.0.0.1", leaving), pod("cache-1", "127.0.0.2")]);
  await serveUntil(client, () => stateOf("cache-0") === "draining");

  tell("4", [pod("cache-1", "127.0.0.2")]);
  await serveUntil(client, () => stateOf("cache-0") === undefined);

  response.destroy();
  await serveUntil(client, () => ambassador.pools()[0]?.figures().discovery?.error !== null);
  const [pool] = ambassador.pools();
  t.match(pool?.figures().discovery, { source: "kubernetes", servers: 1 });
  t.match(pool?.servers, [{ server: "cache-1", state: "ready" }]);
});
