import t from "tap";
import { ringPreview } from "../../../src/roles/ambassador/ring-preview.ts";
import { poolOptions, serverOptions } from "../../support/pools.ts";

const servers = ["a", "b", "c", "d"].map((name) => serverOptions(name, 1, { name }));
const pool = poolOptions("pool", servers);
const live = ({ drain }: { readonly drain?: boolean }): boolean => drain !== true;

t.test("nothing moves where nothing changes", async (t) => {
  const { moved_share, moves, servers: shares } = ringPreview(pool, servers, live);
  t.equal(moved_share, 0);
  t.same(moves, []);
  const total = shares.reduce((sum, { share_before }) => sum + share_before, 0);
  t.ok(Math.abs(total - 1) < 1e-9);
});

t.test("with a server more, keys move to that one alone, a fifth of them", async (t) => {
  const preview = ringPreview(pool, [...servers, serverOptions("e", 1, { name: "e" })], live);
  t.same([...new Set(preview.moves.map(({ to }) => to))], ["e"]);
  t.ok(preview.moved_share > 0.1 && preview.moved_share < 0.3, String(preview.moved_share));
});

t.test("a server that drains loses all that it has to the others", async (t) => {
  const [first, ...rest] = servers;
  const preview = ringPreview(pool, [{ ...first!, drain: true }, ...rest], live);
  const share = preview.servers.find(({ server }) => server === "a")!;
  t.same([...new Set(preview.moves.map(({ from }) => from))], ["a"]);
  t.ok(Math.abs(preview.moved_share - share.share_before) < 1e-9);
  t.equal(share.share_after, 0);
});

t.test("the last server leaves its keys to nobody", async (t) => {
  const one = poolOptions("one", servers.slice(0, 1));
  t.match(ringPreview(one, [], live), { moved_share: 1, moves: [{ from: "a", to: null, share: 1 }] });
});
