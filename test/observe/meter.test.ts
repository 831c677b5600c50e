import t from "tap";
import { meterNames, readMeter } from "../../src/observe/meter.ts";
import { exampleMetrics, strangeServer } from "../support/example-metrics.ts";

const metrics = exampleMetrics();

t.test("a counter is added up over series and workers, and says by what it can be split", async (t) => {
  const all = readMeter(metrics, "podmate_pool_requests_total", []);
  t.match(all, {
    kind: "counter",
    value: 20,
    labels: [{ label: "pool", values: ["sessions"] }, { label: "command" }],
  });
  const gets = [
    { label: "pool", value: "sessions" },
    { label: "command", value: "get" },
  ];
  t.match(readMeter(metrics, "podmate_pool_requests_total", gets), { value: 20, labels: [] });
  t.match(readMeter(metrics, "podmate_pool_requests_total", [{ label: "command", value: "set" }]), {
    value: 0,
  });
});

t.test("a histogram has a count, and a sum in seconds", async (t) => {
  t.match(readMeter(metrics, "podmate_pool_request_duration_seconds", []), {
    kind: "histogram",
    unit: "seconds",
    value: 4,
    sum: 0.0202,
  });
});

t.test("a label's value may be anything", async (t) => {
  const tags = [{ label: "server", value: strangeServer }];
  t.match(readMeter(metrics, "podmate_server_read_bytes_total", tags), { value: 1024, unit: "bytes" });
});

t.test("what is not there is not told", async (t) => {
  t.equal(readMeter(metrics, "constructor", []), undefined);
  t.equal(readMeter(metrics, "podmate_pool_hits_total", [{ label: "pool", value: "none" }]), undefined);
  t.equal(readMeter(metrics, "podmate_pool_hits_total", [{ label: "none", value: "" }]), undefined);
});

t.test("names are in order, and each can be read", async (t) => {
  t.same(meterNames(), meterNames().toSorted());
  t.ok(meterNames().includes("podmate_build_info"));
});
