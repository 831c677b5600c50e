// Does the preview of a change say how many keys move, and from whom to whom?
import t from "tap";
import { keyMovement } from "../../src/ring/movement.ts";
import { createRing } from "../../src/ring/ring.ts";
import { equalServers } from "../support/ring-servers.ts";

const options = { distribution: "jump", hash: "xxh3" } as const;

function labelled(count: number, live?: readonly boolean[]) {
  const servers = equalServers(count);
  return { locate: createRing(options, servers, live).locate, ids: servers.map(({ name }) => name ?? "") };
}

t.test("the same ring moves nothing", async (t) => {
  const movement = keyMovement(labelled(3), labelled(3), 5000);
  t.same([movement.keys, movement.moved, movement.moves], [5000, 0, []]);
});

t.test("a fifth server takes a fifth, from each of the four", async (t) => {
  const { moved, moves, servers } = keyMovement(labelled(4), labelled(5));
  t.ok(Math.abs(moved - 0.2) < 0.01, `${moved}`);
  t.same(
    moves.map(({ to }) => to),
    Array(4).fill("server4"),
  );
  t.same(new Set(moves.map(({ from }) => from)), new Set(["server0", "server1", "server2", "server3"]));
  t.same(
    moves.map(({ share }) => share),
    moves.map(({ share }) => share).toSorted((a, b) => b - a),
  );
  t.equal(servers.at(-1)?.id, "server4");
  t.equal(servers.at(-1)?.before, 0);
  t.ok(Math.abs(servers.at(-1)!.after - moved) < 1e-9);
});

t.test("identity is the label, not the position", async (t) => {
  const ring = labelled(2);
  const swapped = { locate: ring.locate, ids: ring.ids.toReversed() };
  t.equal(keyMovement(ring, swapped, 1000).moved, 1);
});

t.test("keys without a live server go nowhere", async (t) => {
  const { moved, moves } = keyMovement(labelled(2), labelled(2, [false, false]), 1000);
  t.equal(moved, 1);
  t.same(
    moves.map(({ to }) => to),
    [null, null],
  );
});

t.test("the answer is the same each time", async (t) => {
  t.same(keyMovement(labelled(4), labelled(5), 2000), keyMovement(labelled(4), labelled(5), 2000));
});
