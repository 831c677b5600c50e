import { EventEmitter } from "node:events";
import t from "tap";
import { type ClientSocket, ConnectionLimit } from "../../src/admin/connection-limit.ts";

class FakeSocket extends EventEmitter implements ClientSocket {
  writableLength = 0;
  destroyed = false;

  destroy(): void {
    this.destroyed = true;
    this.emit("close");
  }
}

function setUp(count: number, bounds = { connections: 3, held: 100 }) {
  const limit = new ConnectionLimit(bounds);
  const sockets = Array.from({ length: count }, () => new FakeSocket());
  for (const socket of sockets) limit.opened(socket);
  return { limit, sockets, gone: () => sockets.map(({ destroyed }) => destroyed) };
}

t.test("who comes last is let in, and who has been idle longest has to go", async (t) => {
  const { limit, gone } = setUp(5);
  t.same(gone(), [true, true, false, false, false]);
  t.equal(limit.size, 3);
});

t.test("who has a request goes after those who have none", async (t) => {
  const { limit, sockets, gone } = setUp(3);
  limit.begins(sockets[0]!);
  limit.begins(sockets[1]!);
  limit.opened(new FakeSocket());
  t.same(gone(), [false, false, true]);
  const newest = new FakeSocket();
  limit.opened(newest);
  limit.begins(newest);
  t.same(gone(), [false, false, true], "the other newcomer was idle");
  limit.opened(new FakeSocket());
  t.same(gone(), [true, false, true], "then the longest busy");
  t.notOk(newest.destroyed);
});

t.test("one whose request is answered is idle again, and one that has gone is forgotten", async (t) => {
  const { limit, sockets, gone } = setUp(3);
  limit.begins(sockets[0]!);
  t.ok(limit.isBusy(sockets[0]!));
  limit.ends(sockets[0]!);
  t.notOk(limit.isBusy(sockets[0]!));
  limit.opened(new FakeSocket());
  t.same(gone(), [false, true, false], "it has gone to the end of the line");
  sockets[0]!.emit("close");
  limit.ends(sockets[0]!);
  t.equal(limit.size, 2);
});

t.test("who takes least of what it was sent goes where too much is held", async (t) => {
  const { limit, sockets, gone } = setUp(3);
  for (const [i, socket] of sockets.entries()) {
    socket.writableLength = [40, 50, 0][i]!;
    limit.begins(socket);
  }
  t.same(gone(), [false, false, false]);
  sockets[0]!.writableLength = 60;
  limit.begins(sockets[2]!);
  t.same(gone(), [true, false, false]);
});
