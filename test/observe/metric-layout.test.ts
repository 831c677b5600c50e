import t from "tap";
import { histogramLength } from "../../src/observe/histogram.ts";
import { command, commands } from "../../src/observe/metric-labels.ts";
import { LISTENER, layouts, POOL, privateBlock, SERVER } from "../../src/observe/metric-layout.ts";
import { entities, exposedName, metricsOf } from "../../src/observe/metric-table.ts";

t.test("no two metrics of an entity share a slot, and all fit the block", async (t) => {
  for (const entity of entities) {
    const { slots, length } = layouts[entity];
    const owner = new Map<number, string>();
    for (const { name, offset, stride, values } of slots) {
      for (let i = offset; i < offset + stride * values.length; i++) {
        if (owner.has(i)) t.fail(`${entity} slot ${i}: ${owner.get(i)} and ${name}`);
        owner.set(i, name);
      }
    }
    t.ok(Math.max(...owner.keys()) < length, entity);
    t.equal(slots.length, metricsOf(entity).length, entity);
  }
});

t.test("label values are dense indexes in the order of their names", async (t) => {
  for (const entity of entities) {
    for (const [name, metric] of metricsOf(entity)) {
      if (metric.by)
        t.same(
          Object.values(metric.by.values),
          Object.keys(metric.by.values).map((_, i) => i),
          name,
        );
    }
  }
  t.equal(commands[command.flush_all], "flush_all");
});

t.test("offsets are those of the layout", async (t) => {
  t.equal(POOL.requests, layouts.pool.slots.find((slot) => slot.name === "requests")?.offset);
  t.ok(SERVER.responseDuration + commands.length * histogramLength < layouts.server.length);
  t.equal(LISTENER.connections, 0);
});

t.test("a server's block stays under 50 kB: 100 servers on 4 workers cost less than 20 MB", async (t) => {
  t.ok(privateBlock("server").byteLength < 50_000);
  t.ok(privateBlock("pool").byteLength < 50_000);
  for (const entity of ["httpListener", "httpRoute", "httpPool", "httpServer"] as const)
    t.ok(privateBlock(entity).byteLength < 2_500, entity);
});

t.test("exposed names carry the base unit and _total, and are unique", async (t) => {
  const names = entities.flatMap((entity) =>
    metricsOf(entity).map(([name, metric]) => exposedName(entity, name, metric)),
  );
  t.equal(new Set(names).size, names.length);
  for (const name of names) t.match(name, /^podmate_[a-z]+(_[a-z]+)+$/);
  t.ok(names.includes("podmate_pool_request_duration_seconds"));
  t.ok(names.includes("podmate_listener_read_bytes_total"));
  t.ok(names.includes("podmate_http_listener_requests_total"));
  t.ok(names.includes("podmate_http_server_time_to_head_seconds"));
});
