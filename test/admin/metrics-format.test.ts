import t from "tap";
import { metricsFormat } from "../../src/admin/metrics-format.ts";

const cases: readonly (readonly [string, string | undefined, "prometheus" | "openmetrics"])[] = [
  ["nothing is asked for", undefined, "prometheus"],
  ["anything will do", "*/*", "prometheus"],
  ["a browser", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "prometheus"],
  [
    "Prometheus 2",
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    "openmetrics",
  ],
  [
    "Prometheus 3",
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
    "openmetrics",
  ],
  ["OpenMetrics without a version", "application/openmetrics-text", "openmetrics"],
  ["a version that does not exist here", "application/openmetrics-text; version=0.0.1", "prometheus"],
  ["a quoted version", 'Application/OpenMetrics-Text; version="1.0.0"', "openmetrics"],
  ["the plain text is liked better", "application/openmetrics-text;q=0.2, text/plain;q=0.5", "prometheus"],
  ["OpenMetrics is refused", "application/openmetrics-text;q=0", "prometheus"],
  ["nonsense", ";;=,,q=;version", "prometheus"],
  ["a quality that is none", "application/openmetrics-text;q=high", "prometheus"],
];

for (const [name, accept, format] of cases) {
  t.test(`${name}: ${format}`, async (t) => {
    t.equal(metricsFormat(accept), format);
  });
}

t.test("a header without end costs no more than its first ranges", async (t) => {
  t.equal(metricsFormat(`${"a/b,".repeat(10_000)}application/openmetrics-text`), "prometheus");
});
