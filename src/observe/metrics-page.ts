import { layouts, type Slot } from "./metric-layout.ts";
import { type Entity, entities, entityLabels, exposedName } from "./metric-table.ts";

interface Introduction {
  readonly title: string;
  readonly text: string;
}

const introductions: Readonly<Record<Entity, Introduction>> = {
  listener: { title: "Listener", text: "One of each per memcache listener: the side of the clients." },
  pool: {
    title: "Pool",
    text: "One of each per memcache pool: what the clients' requests came to, over all its servers and policies.",
  },
  server: {
    title: "Server",
    text: "One of each per server of a memcache pool: what podmate itself sent and got.",
  },
  httpListener: { title: "HTTP listener", text: "One of each per HTTP listener: the side of the clients." },
  httpRoute: {
    title: "HTTP route",
    text: "One of each per route of an HTTP listener. Requests that no route takes are the listener's alone.",
  },
  httpPool: {
    title: "HTTP pool",
    text: "One of each per pool that speaks HTTP: what the clients' requests came to, over all its servers.",
  },
  httpServer: {
    title: "HTTP server",
    text: "One of each per server of a pool that speaks HTTP: what podmate itself sent and got.",
  },
  discovery: {
    title: "Discovery",
    text: "One of each per pool whose servers are found and not listed, by the source that finds them.",
  },
  worker: { title: "Worker", text: "One of each per worker thread." },
  lifecycle: { title: "Lifecycle", text: "Where the daemon stands in its life." },
  hook: { title: "Hook", text: "One of each per hook of `lifecycle.hooks` that was told something." },
  overload: {
    title: "Overload",
    text: "What podmate refuses by priority for reasons that are not its limits; see docs/overload.md.",
  },
  replicate: {
    title: "Replicate",
    text: "How often the owner of the pod was to be scaled; see docs/management.md.",
  },
  app: { title: "App", text: "The app beside podmate, where it has registered or is configured." },
  process: { title: "Process", text: "The process as a whole." },
  build: { title: "Build", text: "What is running." },
};

interface Row {
  readonly name: string;
  readonly kind: string;
  readonly labels: readonly string[];
  readonly help: string;
}

function rows(entity: Entity): Row[] {
  return layouts[entity].slots.map(({ name, metric }) => ({
    name: exposedName(entity, name, metric),
    kind: metric.kind,
    labels: [...entityLabels[entity], ...(metric.by === undefined ? [] : [metric.by.label])],
    help: metric.help,
  }));
}

/** docs/metrics.md, from the table of metrics. */
export function metricsPage(): string {
  return `# Metrics

Generated from \`src/observe/metric-table.ts\` and \`http-metric-table.ts\`; \`npm run docs\` regenerates it.

\`/metrics\` on the management interface serves these as Prometheus text, or as OpenMetrics to who asks for it. Numbers of
all workers are added up at the moment of the scrape. Counters live as long as the process: a worker that dies and is
replaced takes nothing back. What a reload has removed is no longer served; a server
that comes back goes on counting where it stopped, unless 64 others have gone since.

Durations are recorded in buckets at most 12.5 % wide, from 1 µs to 67 s, and served in buckets that double from 32 µs on.
Of a histogram, only what was used is served, by command where it is split; counters and gauges are always there.

${entities.map(section).join("\n")}
## Values of labels

${labelValues().join("\n")}
`;
}

function section(entity: Entity): string {
  const lines = rows(entity).map(
    ({ name, kind, labels, help }) =>
      `| \`${name}\` | ${kind} | ${labels.map((label) => `\`${label}\``).join(", ")} | ${help} |`,
  );
  const { title, text } = introductions[entity];
  return `## ${title}

${text}

| metric | kind | labels | meaning |
|---|---|---|---|
${lines.join("\n")}
`;
}

/** One line per set of label values, with the metrics that are split by it. */
function labelValues(): string[] {
  const users = new Map<string, string[]>();
  for (const entity of entities) {
    for (const slot of layouts[entity].slots) {
      if (slot.metric.by === undefined) continue;
      const set = `- \`${slot.metric.by.label}\`: ${slot.values.map((value) => `\`${value}\``).join(" ")}`;
      users.set(set, [...(users.get(set) ?? []), shortName(entity, slot)]);
    }
  }
  return [...users].map(([set, names]) => `${set} (${names.join(", ")})`);
}

function shortName(entity: Entity, { name, metric }: Slot): string {
  return `\`${exposedName(entity, name, metric).replace(/^podmate_/, "")}\``;
}

/** The table of metrics for a terminal, in columns. */
export function metricsText(): string {
  const all = entities.flatMap(rows);
  const width = (cell: (row: Row) => string) => Math.max(...all.map((row) => cell(row).length));
  const labels = (row: Row) => (row.labels.length === 0 ? "-" : row.labels.join(","));
  const nameWidth = width((row) => row.name);
  const labelWidth = width(labels);
  return all
    .map(
      (row) =>
        `${row.name.padEnd(nameWidth)}  ${row.kind.padEnd(9)}  ${labels(row).padEnd(labelWidth)}  ${row.help}\n`,
    )
    .join("");
}
