import t from "tap";
import { type Snapshot, usualConnections } from "../../../src/proxy/listener-options.ts";
import { clientsWithin, OpenFiles, openFilesLimit } from "../../../src/roles/ambassador/open-files.ts";
import { planeSnapshot } from "../../support/plane.ts";
import { poolOptions, serverOptions } from "../../support/pools.ts";

const pools = { p: poolOptions("p", [serverOptions("a"), serverOptions("b")]) };

t.test("clients leave open files for servers and for podmate itself", async (t) => {
  // 64 for podmate, 2 × (1 + 16) for servers.
  t.equal(clientsWithin(1024, 1, { pools }), 1024 - 64 - 34);
  t.equal(clientsWithin(1024, 2, { pools }), (1024 - 64) / 2 - 34);
  t.equal(clientsWithin(100, 1, { pools }), 25, "of a low limit each takes half");
  t.equal(clientsWithin(4, 4, { pools }), 1, "one client is always taken");
  t.equal(clientsWithin(Number.POSITIVE_INFINITY, 2, { pools }), Number.POSITIVE_INFINITY);
});

t.test("the limit is that of this process", async (t) => {
  t.ok(openFilesLimit() > 0);
});

t.test(
  "too many clients for the open files: one warning, and another one when a limit changes",
  async (t) => {
    const warned: unknown[] = [];
    const levels: string[] = [];
    let limit = 1024;
    const files = new OpenFiles(
      (level, fields) => {
        levels.push(level);
        warned.push(fields);
      },
      () => limit,
    );
    const snapshot = (connections: number, servers: number): Snapshot => {
      const ids = Array.from({ length: servers }, (_, index) => serverOptions(`s${index}`));
      return { ...planeSnapshot([], { total: { connections } }), pools: { p: poolOptions("p", ids) } };
    };
    t.equal(files.within(snapshot(5000, 2), 1).limits.open_files, 1024 - 64 - 34);
    t.same(warned, [{ open_files: 1024, limits_connections: 5000, clients_per_worker: 926 }]);
    t.equal(files.within(snapshot(5000, 3), 1).limits.open_files, 1024 - 64 - 51, "a server has come");
    t.equal(warned.length, 1);
    files.within(snapshot(4000, 3), 1);
    t.equal(warned.length, 2, "another limit is set, and is too much, too");
    t.equal(files.within(snapshot(100, 3), 1).limits.connections, 100);
    limit = 128;
    files.within(snapshot(100, 3), 1);
    t.equal(warned.length, 3);
    files.within(snapshot(usualConnections, 3), 1);
    t.same(levels, ["warn", "warn", "warn", "info"], "the default is nobody's mistake");
  },
);
