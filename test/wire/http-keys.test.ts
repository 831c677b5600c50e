/** What of a request decides on its server: the same key always comes to the same one. */
import t, { type Test } from "tap";
import type { HashKey } from "../../src/proxy/http/http-listener-options.ts";
import { get, head, ok } from "../support/http-messages.ts";
import { setUpHttp } from "../support/http-plane.ts";
import { ownerOf } from "../support/plane.ts";
import { WireClient } from "../support/wire-client.ts";

const count = 4;

async function startHashing(t: Test, ...hash: HashKey[]) {
  const set = await setUpHttp(t, { route: { hash } }, count);
  for (const [i, peer] of set.peers.entries()) peer.answer(() => ok(String(i)));
  const client = await set.connect();
  /** The server that the request comes to, and the head of its answer. */
  const send = async (request: string): Promise<{ server: number; answer: string }> => {
    await client.send(request);
    const answer = (await client.readUntil("\r\n\r\n")).toString("latin1");
    return { server: Number((await client.read(1)).toString()), answer };
  };
  const ask = async (request: string): Promise<number> => (await send(request)).server;
  /** All of these go where `key` belongs. */
  const expectKey = async (key: string, ...requests: string[]): Promise<void> => {
    for (const request of requests) {
      t.equal(await ask(request), ownerOf(key, count), `${JSON.stringify(request)} has the key ${key}`);
    }
  };
  /** None has a key: servers take turns. */
  const expectNoKey = async (...requests: string[]): Promise<void> => {
    for (const request of requests) {
      const servers: number[] = [];
      for (let i = 0; i < count; i++) servers.push(await ask(request));
      t.same(servers.sort(), [0, 1, 2, 3], `${JSON.stringify(request)} has no key`);
    }
  };
  return { ...set, client, send, ask, expectKey, expectNoKey };
}

const keys = Array.from({ length: 12 }, (_, i) => `key-${i}`);

t.test("a header", async (t) => {
  const { expectKey, expectNoKey } = await startHashing(t, { kind: "header", name: "x-user" });
  for (const key of keys) {
    await expectKey(key, get("/", `X-User: ${key}`), get("/a", "X: y", `x-user:${key} `));
  }
  await expectKey("a", get("/", "X-User: a", "X-User: b"));
  await expectKey("a, b", get("/", "X-User: a, b"));
  await expectNoKey(get(), get("/", "X-User:"), get("/", "X-Users: a"));
});

t.test("a header that podmate knows by number", async (t) => {
  const { expectKey, expectNoKey } = await startHashing(t, { kind: "header", name: "authorization" });
  await expectKey("Bearer x", get("/", "AUTHORIZATION: Bearer x"));
  await expectNoKey(get());
});

t.test("a cookie", async (t) => {
  const { expectKey, expectNoKey } = await startHashing(t, { kind: "cookie", name: "sid", affinity: null });
  for (const key of keys) {
    await expectKey(
      key,
      get("/", `Cookie: sid=${key}`),
      get("/", `cookie: a=b; sid=${key}; c=d`),
      get("/", "Cookie: a=b", `Cookie: sid=${key}`),
      get("/", `Cookie: a=b;sid=${key};sid=other`),
    );
  }
  await expectKey('"q"', get("/", 'Cookie: sid="q"'));
  await expectKey("a=b", get("/", "Cookie: sid=a=b"));
  await expectNoKey(
    get(),
    get("/", "Cookie: sid="),
    get("/", "Cookie: sid"),
    get("/", "Cookie: xsid=a; SID=a; sidx=a"),
    get("/", "Cookie: a=sid=b"),
  );
});

t.test("a parameter of the query", async (t) => {
  const { expectKey, expectNoKey } = await startHashing(t, { kind: "query", name: "id" });
  for (const key of keys) {
    await expectKey(key, get(`/?id=${key}`), get(`/a?x=y&id=${key}&z`), get(`http://h?id=${key}`));
  }
  await expectKey("a%20b", get("/?id=a%20b"));
  await expectKey("a", get("/?id=a&id=b"));
  await expectKey("a=b", get("/?id=a=b"));
  await expectNoKey(get(), get("/?"), get("/?id"), get("/?id="), get("/?xid=a&idx=b"), get("/id=a"));
});

t.test("the path", async (t) => {
  const { expectKey, expectNoKey } = await startHashing(t, { kind: "path" });
  for (const key of keys)
    await expectKey(`/a/${key}`, get(`/a/${key}`), get(`/a/${key}?x=y`), get(`http://h/a/${key}`));
  await expectKey("/", get("/"));
  await expectKey("/A%2f", get("/A%2f"));
  await expectNoKey(get("http://h"));
});

t.test("the client's address, whatever its port", async (t) => {
  const { plane, expectKey, peers } = await startHashing(t, { kind: "source_ip" });
  await expectKey("127.0.0.1", get(), get("/a"));
  const other = await WireClient.connect(plane.address);
  t.teardown(() => other.close());
  await other.exchange(get(), ok(String(ownerOf("127.0.0.1", count))));
  t.equal(peers.filter(({ accepted }) => accepted > 0).length, 1);
});

t.test("the first that is there", async (t) => {
  const { expectKey } = await startHashing(
    t,
    { kind: "header", name: "x-user" },
    { kind: "query", name: "id" },
    { kind: "path" },
  );
  await expectKey("u", get("/a?id=q", "X-User: u"));
  await expectKey("q", get("/a?id=q", "X-User:"));
  await expectKey("/a", get("/a?x=q"));
});

t.test("an affinity cookie is given once, and honoured", async (t) => {
  const affinity = { max_age: 60, path: "/app", secure: true, same_site: "strict" } as const;
  const { send, ask, expectKey } = await startHashing(
    t,
    { kind: "header", name: "x-user" },
    { kind: "cookie", name: "sid", affinity },
    { kind: "source_ip" },
  );
  const servers = new Set<number>();
  for (let i = 0; i < 20; i++) {
    const { server, answer } = await send(get());
    const form =
      /^Set-Cookie: sid=([0-9a-f]{32}); Path=\/app; Max-Age=60; HttpOnly; Secure; SameSite=Strict\r$/m;
    const value = form.exec(answer)?.[1] ?? "";
    t.not(value, "", answer);
    servers.add(server);
    t.equal(server, ownerOf(value, count), "it has decided already");
    const next = await send(get("/", `Cookie: sid=${value}`));
    t.equal(next.server, server);
    t.notMatch(next.answer, /Set-Cookie/i);
  }
  t.ok(servers.size > 1, "new clients are spread");
  await expectKey("u", get("/", "X-User: u"));
  t.notMatch((await send(get("/", "X-User: u"))).answer, /Set-Cookie/i, "an earlier key was there");
  t.equal(await ask(get("/", "Cookie: sid=mine")), ownerOf("mine", count), "a client may bring its own");
});

t.test("an affinity cookie goes beside those of the server, and with a final answer only", async (t) => {
  const affinity = { max_age: 0, path: "/", secure: false, same_site: "lax" } as const;
  const { peers, client } = await startHashing(t, { kind: "cookie", name: "sid", affinity });
  for (const peer of peers) {
    peer.answer(() => head("HTTP/1.1 103 Early Hints", "Link: x") + ok("", "Set-Cookie: a=b"));
  }
  await client.send(get());
  await client.expect(head("HTTP/1.1 103 Early Hints", "Link: x"));
  const lines = (await client.readUntil("\r\n\r\n")).toString().split("\r\n");
  t.same(lines.slice(0, 3), ok("", "Set-Cookie: a=b").split("\r\n").slice(0, 3));
  t.match(lines[3], /^Set-Cookie: sid=[0-9a-f]{32}; Path=\/; HttpOnly; SameSite=Lax$/);
  t.same(lines.slice(4), ["", ""]);
});
