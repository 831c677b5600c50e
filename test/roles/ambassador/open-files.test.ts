import t from "tap";
import { clientsWithin, openFilesLimit } from "../../../src/roles/ambassador/open-files.ts";
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
