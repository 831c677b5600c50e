import t from "tap";
import { Exposition } from "../../src/observe/exposition.ts";
import { MetricRegistry } from "../../src/observe/metric-registry.ts";
import { entities, exposedName, metricsOf } from "../../src/observe/metric-table.ts";
import { exampleMetrics, strangeServer } from "../support/example-metrics.ts";
import { parsePrometheus } from "../support/prometheus-text.ts";

t.test("the text is valid, and has every metric of the table", async (t) => {
  const exposition = new Exposition(exampleMetrics());
  const families = parsePrometheus(await exposition.text());
  const expected = entities.flatMap((entity) =>
    metricsOf(entity).map(([name, metric]) => exposedName(entity, name, metric)),
  );
  t.same([...families.keys()].sort(), expected.sort());
  t.equal(exposition.contentType, "text/plain; version=0.0.4; charset=utf-8");
});

t.test("workers are added up", async (t) => {
  const families = parsePrometheus(await new Exposition(exampleMetrics()).text());
  const sample = (name: string, labels: Record<string, string>) =>
    families
      .get(name)
      ?.samples.find(({ labels: found }) =>
        Object.entries(labels).every(([key, value]) => found[key] === value),
      );
  t.equal(sample("podmate_pool_requests_total", { pool: "sessions", command: "get" })?.value, 20);
  t.equal(sample("podmate_pool_requests_total", { pool: "sessions", command: "set" })?.value, 0);
  t.equal(sample("podmate_pool_errors_total", { kind: "timeout" })?.value, 2);
  t.equal(sample("podmate_listener_open_connections", { listener: "cache" })?.value, 10);
});

t.test("label values are escaped, and are read back as they were", async (t) => {
  const families = parsePrometheus(await new Exposition(exampleMetrics()).text());
  const [sample] = families.get("podmate_server_read_bytes_total")?.samples ?? [];
  t.same(sample, {
    name: "podmate_server_read_bytes_total",
    labels: { pool: "sessions", server: strangeServer },
    value: 1024,
  });
});

t.test("a histogram is shown in seconds, for the commands that were used", async (t) => {
  const families = parsePrometheus(await new Exposition(exampleMetrics()).text());
  const samples = families.get("podmate_pool_request_duration_seconds")?.samples ?? [];
  t.same([...new Set(samples.map(({ labels }) => labels["command"]))], ["get"]);
  const bucket = (le: string) => samples.find(({ labels }) => labels["le"] === le)?.value;
  t.equal(bucket("0.000064"), 0);
  t.equal(bucket("0.000128"), 2);
  t.equal(bucket("0.008192"), 2);
  t.equal(bucket("0.016384"), 4);
  t.equal(bucket("+Inf"), 4);
  t.equal(samples.find(({ name }) => name.endsWith("_sum"))?.value, 0.0202);
  t.same(families.get("podmate_server_response_duration_seconds")?.samples, []);
});

t.test(
  "OpenMetrics: counters are named without _total and the text ends with EOF, at every scrape",
  async (t) => {
    const exposition = new Exposition(exampleMetrics(), "openmetrics");
    t.match(exposition.contentType, /^application\/openmetrics-text/);
    for (const text of [await exposition.text(), await exposition.text()]) {
      t.match(text, "# TYPE podmate_pool_requests counter\n");
      t.match(text, 'podmate_pool_requests_total{command="get",pool="sessions"} 20\n');
      t.notMatch(text, "_total_total");
      t.match(text, "# TYPE podmate_server_read_bytes counter\n# UNIT podmate_server_read_bytes bytes\n");
      t.ok(text.endsWith("\n# EOF\n"));
    }
  },
);

t.test("a registry without instances gives a valid text", async () => {
  parsePrometheus(await new Exposition(new MetricRegistry()).text());
});

t.test("who asks while a text is being written gets that one", async (t) => {
  const exposition = new Exposition(exampleMetrics());
  const [one, two] = [exposition.text(), exposition.text()];
  t.equal(one, two);
  await one;
  t.not(exposition.text(), one);
});
