import t from "tap";
import { selfTimes } from "../../../bench/support/cpu-profile.ts";

function node(id: number, functionName: string, url = "", lineNumber = 0) {
  return { id, callFrame: { functionName, url, lineNumber } };
}

t.test("time is added up by function, without the idle time", async (t) => {
  const profile = {
    nodes: [node(1, "(idle)"), node(2, "parse", "file:///srv/dist/memcache/parser.js", 41), node(3, "")],
    samples: [1, 2, 3, 2],
    timeDeltas: [1000, 20, 10, 10],
  };
  t.same(selfTimes(profile, 5), {
    busyMs: 0.04,
    top: [
      { where: "parse dist/memcache/parser.js:42", share: 0.75 },
      { where: "(anonymous)", share: 0.25 },
    ],
  });
  t.equal(selfTimes(profile, 1).top.length, 1);
  t.same(selfTimes({ nodes: [], samples: [], timeDeltas: [] }, 5), { busyMs: 0, top: [] });
});
