import type { Profiler, Runtime } from "node:inspector";
import t from "tap";
import { cpuPprof, heapPprof } from "../../src/observe/pprof.ts";
import { readPprof } from "../support/pprof.ts";

const origin = { start: 1_700_000_000_000, duration: 2_000, interval: 10_000, thread: "worker-0" };

function frame(functionName: string, lineNumber = 9): Runtime.CallFrame {
  return { functionName, scriptId: "1", url: "file:///app/a%20b.js", lineNumber, columnNumber: 0 };
}

const root: Runtime.CallFrame = {
  functionName: "(root)",
  scriptId: "0",
  url: "",
  lineNumber: -1,
  columnNumber: -1,
};

t.test("a CPU profile has the samples and the time of every stack", async (t) => {
  const profile: Profiler.Profile = {
    nodes: [
      { id: 1, callFrame: root, children: [2, 4, 5] },
      { id: 2, callFrame: frame("outer"), children: [3] },
      { id: 3, callFrame: frame("inner", 41) },
      { id: 4, callFrame: { ...root, functionName: "(idle)" } },
      { id: 5, callFrame: { ...root, functionName: "(garbage collector)" } },
    ],
    startTime: 0,
    endTime: 1_000,
    samples: [3, 4, 3, 2, 5],
    timeDeltas: [100, 200, 150, 250, 120],
  };
  const read = readPprof(cpuPprof(profile, origin));
  t.same(read.types, ["samples/count", "cpu/nanoseconds"]);
  t.same(read.samples, [
    { stack: ["inner", "outer"], values: [2, 450_000] },
    { stack: ["outer"], values: [1, 120_000] },
    { stack: ["(garbage collector)"], values: [1, 180_000] },
  ]);
  t.same(read.functions, ["inner /app/a b.js:42", "outer /app/a b.js:10", "(garbage collector) :0"]);
  t.match(read, {
    comments: ["thread worker-0"],
    period: 10_000_000,
    durationSeconds: 2,
    startMs: origin.start,
  });
});

t.test("a heap profile has the bytes of every place that allocates", async (t) => {
  const profile = {
    head: {
      callFrame: root,
      selfSize: 0,
      children: [
        {
          callFrame: frame(""),
          selfSize: 1_000,
          children: [{ callFrame: frame("inner", 41), selfSize: 5_000_000_000, children: [] }],
        },
        { callFrame: frame("nothing", 50), selfSize: 0, children: [] },
      ],
    },
  };
  const read = readPprof(heapPprof(profile, { ...origin, interval: 65_536 }));
  t.same(read.types, ["space/bytes"]);
  t.same(read.samples, [
    { stack: ["(anonymous)"], values: [1_000] },
    { stack: ["inner", "(anonymous)"], values: [5_000_000_000] },
  ]);
  t.equal(read.period, 65_536);
});

t.test("nothing seen is a profile, too", async (t) => {
  const empty = {
    nodes: [{ id: 1, callFrame: root }],
    startTime: 0,
    endTime: 0,
    samples: [],
    timeDeltas: [],
  };
  t.same(readPprof(cpuPprof(empty, origin)).samples, []);
  const head = { callFrame: root, selfSize: 0, children: [] };
  t.same(readPprof(heapPprof({ head }, origin)).samples, []);
});
