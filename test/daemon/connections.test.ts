import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import t from "tap";
import type { ConnectionsView } from "../../src/admin/routes/connections.ts";
import { WireClient } from "../support/wire-client.ts";
import { configText, startDaemon, startServers } from "./podmate.ts";

t.test("open connections are listed with what went over them, in pages", async (t) => {
  const [server] = (await startServers(t, 1)) as [string];
  const daemon = await startDaemon(t, configText([server]));
  const list = async (query = ""): Promise<ConnectionsView> =>
    JSON.parse((await daemon.get(`/connections${query}`)).text);
  const [client, other] = await Promise.all([
    WireClient.connect(daemon.listener),
    WireClient.connect(daemon.listener),
  ]);
  t.teardown(() => {
    for (const each of [client, other]) each.close();
  });
  await client.send("set k 0 0 1\r\nx\r\nget k\r\n");
  await client.expect("STORED\r\nVALUE k 0 1\r\nx\r\nEND\r\n");
  await other.send("version\r\n");
  await other.readLine();

  const clients = (await list("?side=client")).connections;
  t.equal(clients.length, 2);
  const busy = clients.find(({ requests }) => requests === 2);
  t.match(busy, { listener: "cache", pool: null, read_bytes: 23, written_bytes: 29, tls: false });
  t.match(busy?.peer, /^127\.0\.0\.1:\d+$/);
  const [upstream, ...more] = (await list("?side=server")).connections;
  t.match(upstream, { pool: "main", server, peer: server, listener: null, requests: 2, read_bytes: 29 });
  t.same(more, []);

  const first = await list("?limit=2");
  t.equal(first.connections.length, 2);
  const second = await list(`?limit=2&after=${first.next}`);
  t.equal(second.connections.length, 1);
  t.equal(second.next, null);
  const ids = [...first.connections, ...second.connections].map(({ id }) => id);
  t.equal(new Set(ids).size, 3);
  t.equal((await daemon.get("/connections?limit=0")).status, 400);
  t.equal((await daemon.get("/connections?limit=1001")).status, 400);
  t.equal((await daemon.get("/connections?after=x")).status, 400);
});

t.test("so are those of HTTP", async (t) => {
  const server = createServer((_request, response) => response.end());
  // The connection stands for as long as the test needs it.
  server.keepAliveTimeout = 0;
  t.teardown(() => server.close());
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const text = `admin: { listen: "127.0.0.1:0" }
workers: 1
http:
  - { name: web, listen: "127.0.0.1:0", pool: sites }
pools:
  sites: { servers: [ "127.0.0.1:${port}" ], connect_timeout: 60s }
`;
  const daemon = await startDaemon(t, text);
  const client = await WireClient.connect(daemon.listener);
  t.teardown(() => client.close());
  await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  t.match(await client.readLine(), /200 OK/);
  const { connections } = JSON.parse((await daemon.get("/connections")).text) as ConnectionsView;
  t.match(
    connections.map(({ side, listener, pool, requests }) => ({ side, listener, pool, requests })),
    [
      { side: "client", listener: "web", pool: null, requests: 1 },
      { side: "server", listener: null, pool: "sites", requests: 1 },
    ],
  );
});
