import t from "tap";
import { topSelfTimes } from "../../../bench/support/cpu-profile.ts";

function node(id: number, functionName: string, url = "", lineNumber = 0) {
  return { id, callFrame: { functionName, url, lineNumber } };
}

t.test("time is added up by function, without the idle time", async (t) => {
  const profile = {
    nodes: [node(1, "(idle)"), node(2, "parse", "file:///srv/dist/memcache/parser.js", 41), node(3, "")],
    samples: [1, 2, 3, 2],
    timeDeltas: [1000, 20, 10, 10],
  };
  t.same(topSelfTimes(profile, 5), [
    { where: "parse dist/memcache/parser.js:42", share: 0.75 },
    { where: "(anonymous)", share: 0.25 },
  ]);
  t.equal(topSelfTimes(profile, 1).length, 1);
  t.same(topSelfTimes({ nodes: [], samples: [], timeDeltas: [] }, 5), []);
});
