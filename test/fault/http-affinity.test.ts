/** Clients that keep to a server by a cookie, while that server is ejected and comes back. */
import t, { type Test } from "tap";
import type { EjectOptions } from "../../src/upstream/pool-options.ts";
import { get, ok } from "../support/http-messages.ts";
import { type HttpPlaneOptions, httpSnapshot, setUpHttp } from "../support/http-plane.ts";
import { readAnswer } from "../support/http-traffic.ts";
import { namedServers } from "../support/plane.ts";

const count = 4;

const eject: EjectOptions = {
  failures: 3,
  window: 10_000,
  backoff: 1_000,
  max_backoff: 8_000,
  max_percent: 50,
  on_eject: "rehash",
};
const affinity = { max_age: 0, path: "/", secure: false, same_site: "lax" } as const;
const route = { hash: [{ kind: "cookie" as const, name: "sid", affinity }] };

/** Clients that have been given a cookie, each by its server's name. */
async function setUp(t: Test, options: HttpPlaneOptions = {}) {
  const set = await setUpHttp(t, { route, pool: { eject }, ...options }, count);
  const { plane, peers } = set;
  for (const [i, peer] of peers.entries()) peer.answer(() => ok(`s${i}`));
  const client = await set.connect();
  /** The server's name or the status, and the cookie that is given with the answer. */
  const ask = async (cookie: string | null): Promise<{ at: string; given: string | null }> => {
    await client.send(cookie === null ? get() : get("/", `Cookie: a=b; sid=${cookie}`));
    const { status, head, body } = await readAnswer(client);
    const given = /^Set-Cookie: sid=([0-9a-f]+);/m.exec(head)?.[1] ?? null;
    return { at: status === 200 ? body : String(status), given };
  };
  const cookies = new Map<string, string>();
  for (let i = 0; i < 40; i++) {
    const { at, given } = await ask(null);
    t.not(given, null);
    cookies.set(given!, at);
  }
  const setEjected = (index: number, ejected: boolean) =>
    plane.plane.update({ pool: "pool", server: `s${index}`, ejected });
  /** Each cookie goes where it belongs, and no other is given. */
  const expectHome = async (except: string | null = null): Promise<void> => {
    for (const [cookie, home] of cookies) {
      if (home !== except) t.same(await ask(cookie), { at: home, given: null });
    }
  };
  t.equal(new Set(cookies.values()).size, count, "they are spread");
  return { ...set, ask, cookies, setEjected, expectHome };
}

t.test("its clients go elsewhere with the same cookie, and come back with the server", async (t) => {
  const { ask, cookies, setEjected, expectHome } = await setUp(t);
  await expectHome();
  setEjected(2, true);
  await expectHome("s2");
  const elsewhere = new Map<string, string>();
  for (const [cookie, home] of cookies) {
    if (home !== "s2") continue;
    const { at, given } = await ask(cookie);
    t.equal(given, null, "the cookie stays");
    t.match(at, /^s[013]$/);
    elsewhere.set(cookie, at);
  }
  for (const [cookie, at] of elsewhere) t.same(await ask(cookie), { at, given: null });
  setEjected(2, false);
  await expectHome();
});

t.test("who comes meanwhile is given a cookie of those that are in service", async (t) => {
  const { ask, setEjected } = await setUp(t);
  setEjected(1, true);
  for (let i = 0; i < 20; i++) {
    const { at, given } = await ask(null);
    t.not(at, "s1");
    t.same(await ask(given), { at, given: null });
  }
});

t.test("fail_fast: the clients of that server are told so, and find it again", async (t) => {
  const { ask, cookies, setEjected, expectHome } = await setUp(t, {
    pool: { eject: { ...eject, on_eject: "fail_fast" } },
  });
  setEjected(2, true);
  await expectHome("s2");
  for (const [cookie, home] of cookies) {
    if (home === "s2") t.same(await ask(cookie), { at: "503", given: null });
  }
  setEjected(2, false);
  await expectHome();
});

t.test("a failed attempt goes to another server, and the client stays where it belongs", async (t) => {
  const { peers, ask, cookies, expectHome } = await setUp(t, {
    retry: { attempts: 1, on: [503] },
    pool: { eject: null },
  });
  peers[0]!.answer(() => ok("").replace("200 OK", "503 Busy"));
  for (const [cookie, home] of cookies) {
    const { at, given } = await ask(cookie);
    t.equal(given, null);
    if (home === "s0") t.match(at, /^s[123]$/);
    else t.equal(at, home);
  }
  peers[0]!.answer(() => ok("s0"));
  await expectHome();
});

t.test("a retried request of a client without a cookie is given one, and is bound by it", async (t) => {
  const { peers, ask } = await setUp(t, { retry: { attempts: 1, on: [503] }, pool: { eject: null } });
  peers[3]!.answer(() => ok("").replace("200 OK", "503 Busy"));
  const given: string[] = [];
  for (let i = 0; i < 30; i++) {
    const answer = await ask(null);
    t.match(answer.at, /^s[012]$/);
    given.push(answer.given!);
  }
  for (const cookie of given) t.match((await ask(cookie)).at, /^s[012]$/);
});

t.test("a reload that adds a server moves few clients, and none of the others", async (t) => {
  const { ask, cookies, peers, plane, expectHome } = await setUp(t);
  const addresses = peers.map(({ address }) => address);
  const before = httpSnapshot(addresses, { route, pool: { eject } });
  const pool = before.pools["pool"]!;
  const [added] = namedServers([addresses[0]!]).map((server) => ({ ...server, id: "new", name: "new" }));
  const servers = [...pool.servers, added!];
  await plane.plane.apply({ ...before, pools: { pool: { ...pool, servers } } });
  let moved = 0;
  for (const [cookie, home] of cookies) {
    const { at, given } = await ask(cookie);
    t.equal(given, null);
    // The new server is another name of s0.
    if (at !== home) t.equal(at, "s0");
    if (at !== home) moved++;
  }
  t.ok(moved < 20, `${moved} of ${cookies.size} clients have moved`);
  await plane.plane.apply(before);
  await expectHome();
});
