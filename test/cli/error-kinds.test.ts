import t from "tap";
import { comparedErrors, kindsText, sumOf } from "../../src/cli/error-kinds.ts";

t.test("kinds stand with the most frequent first", async (t) => {
  t.equal(kindsText({ connect: 6, no_server: 78, busy: 0 }), "78 no_server, 6 connect");
  t.equal(kindsText({}), "");
  t.equal(sumOf({ connect: 6, no_server: 78 }), 84);
});

t.test("what servers and pool have more than the other makes the sums the same", async (t) => {
  const pool = { connect: 2, no_server: 78, timeout: 4 };
  const servers = [{ connect: 4, timeout: 1 }, { connect: 1, timeout: 3, busy: 2 }, {}];
  const { only, recovered } = comparedErrors(pool, servers);
  t.same(only, { no_server: 78 });
  t.same(recovered, { connect: 3, busy: 2 });
  const theirs = servers.reduce((sum, counts) => sum + sumOf(counts), 0);
  t.equal(sumOf(pool), theirs + sumOf(only) - sumOf(recovered));
});
