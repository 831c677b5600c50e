import { appRow } from "./app-row.ts";
import { httpRow } from "./http-row.ts";
import { lifecycleRow } from "./lifecycle-row.ts";
import { memcacheRow } from "./memcache-row.ts";
import type { Row } from "./panel.ts";
import { quantile, rate, series, share, total } from "./query.ts";

const overview: Row = {
  title: "Overview",
  panels: [
    {
      title: "Requests",
      unit: "reqps",
      help: "What the app asks for.",
      queries: [
        { expr: rate("listener", "requests", ["listener"]), legend: "{{listener}}" },
        { expr: rate("httpListener", "requests", ["listener"]), legend: "{{listener}}" },
      ],
    },
    {
      title: "Requests without a good answer",
      unit: "percentunit",
      help: "Share of the requests of each pool.",
      queries: [
        {
          expr: share(rate("pool", "errors", ["pool"]), rate("pool", "requests", ["pool"])),
          legend: "{{pool}}",
        },
        {
          expr: share(rate("httpPool", "errors", ["pool"]), rate("httpPool", "requests", ["pool"])),
          legend: "{{pool}}",
        },
      ],
    },
    {
      title: "99th percentile of the time to the answer",
      unit: "s",
      help: "As the app sees it.",
      queries: [
        { expr: quantile(0.99, "pool", "requestDuration", ["pool"]), legend: "{{pool}}" },
        { expr: quantile(0.99, "httpPool", "requestDuration", ["pool"]), legend: "{{pool}}" },
      ],
    },
    {
      title: "Servers out of service",
      unit: "none",
      queries: [
        { expr: total("server", "ejected", ["pool"]), legend: "{{pool}}" },
        { expr: total("httpServer", "ejected", ["pool"]), legend: "{{pool}}" },
      ],
    },
    {
      title: "Client connections",
      unit: "none",
      queries: [
        { expr: total("listener", "openConnections", ["listener"]), legend: "{{listener}}" },
        { expr: total("httpListener", "openConnections", ["listener"]), legend: "{{listener}}" },
      ],
    },
    {
      title: "Requests refused because too much was under way",
      unit: "reqps",
      queries: [
        { expr: rate("listener", "shedRequests", ["listener"]), legend: "{{listener}}" },
        { expr: rate("httpRoute", "shedRequests", ["listener", "route"]), legend: "{{listener}} {{route}}" },
      ],
    },
  ],
};

const server = "{{pool}} {{server}}";
const byServer = ["pool", "server"];

const servers: Row = {
  title: "Servers",
  panels: [
    {
      title: "Requests",
      unit: "reqps",
      help: "What podmate sends.",
      queries: [
        { expr: rate("server", "requests", byServer), legend: server },
        { expr: rate("httpServer", "requests", byServer), legend: server },
      ],
    },
    {
      title: "Errors",
      unit: "reqps",
      queries: [
        { expr: rate("server", "errors", [...byServer, "kind"]), legend: `${server} {{kind}}` },
        { expr: rate("httpServer", "errors", [...byServer, "kind"]), legend: `${server} {{kind}}` },
      ],
    },
    {
      title: "99th percentile of the time to the answer",
      unit: "s",
      help: "As podmate sees it; HTTP: to the head of the answer.",
      queries: [
        { expr: quantile(0.99, "server", "responseDuration", byServer), legend: server },
        { expr: quantile(0.99, "httpServer", "timeToHead", byServer), legend: server },
      ],
    },
    {
      title: "Ejections",
      unit: "ops",
      queries: [
        { expr: rate("server", "ejections", byServer), legend: server },
        { expr: rate("httpServer", "ejections", byServer), legend: server },
      ],
    },
    {
      title: "Failed probes",
      unit: "ops",
      queries: [
        { expr: rate("server", "probes", byServer, { result: "failed" }), legend: server },
        { expr: rate("httpServer", "probes", byServer, { result: "failed" }), legend: server },
      ],
    },
    {
      title: "Requests in flight",
      unit: "none",
      queries: [
        { expr: total("server", "requestsInFlight", byServer), legend: server },
        { expr: total("httpServer", "requestsInFlight", byServer), legend: server },
      ],
    },
  ],
};

const discovery: Row = {
  title: "Discovery",
  panels: [
    {
      title: "Servers found",
      unit: "none",
      queries: [{ expr: total("discovery", "servers", ["pool", "source"]), legend: "{{pool}} {{source}}" }],
    },
    {
      title: "Failed attempts",
      unit: "ops",
      queries: [{ expr: rate("discovery", "failures", ["pool", "source"]), legend: "{{pool}} {{source}}" }],
    },
    {
      title: "Time since servers were last heard of",
      unit: "s",
      queries: [
        {
          expr: `time() - (${series("discovery", "lastSuccessSeconds")} > 0)`,
          legend: "{{instance}} {{pool}}",
        },
      ],
    },
  ],
};

const processRow: Row = {
  title: "Process",
  panels: [
    {
      title: "CPU",
      unit: "none",
      help: "In CPUs.",
      queries: [{ expr: rate("process", "cpuSeconds", ["instance"]), legend: "{{instance}}" }],
    },
    {
      title: "Memory",
      unit: "bytes",
      queries: [
        { expr: series("process", "residentMemoryBytes"), legend: "{{instance}} resident" },
        { expr: series("process", "heapUsedBytes"), legend: "{{instance}} heap, main" },
        { expr: series("worker", "heapUsedBytes"), legend: "{{instance}} heap, worker {{worker}}" },
      ],
    },
    {
      title: "Event loops at work",
      unit: "percentunit",
      queries: [
        {
          expr: `${rate("worker", "activeSeconds", ["instance", "worker"])} / (${rate("worker", "activeSeconds", ["instance", "worker"])} + ${rate("worker", "idleSeconds", ["instance", "worker"])})`,
          legend: "{{instance}} worker {{worker}}",
        },
        { expr: rate("process", "eventLoopActiveSeconds", ["instance"]), legend: "{{instance}} main" },
      ],
    },
    {
      title: "99th percentile of the event loops' delay",
      unit: "s",
      queries: [
        {
          expr: quantile(0.99, "worker", "eventLoopDelay", ["instance", "worker"]),
          legend: "{{instance}} worker {{worker}}",
        },
        {
          expr: quantile(0.99, "process", "eventLoopDelay", ["instance"]),
          legend: "{{instance}} main",
        },
      ],
    },
    {
      title: "Overload",
      unit: "none",
      help: "By signal: from 0.75 on requests of low priority are refused, from 0.9 on those of normal priority, too.",
      queries: [{ expr: series("overload", "signalPressure"), legend: "{{instance}} {{signal}}" }],
    },
    {
      title: "Share of the memory limit in use",
      unit: "percentunit",
      help: "What cannot be reclaimed.",
      queries: [
        {
          expr: share(series("overload", "memoryUsedBytes"), series("overload", "memoryLimitBytes")),
          legend: "{{instance}}",
        },
      ],
    },
    {
      title: "Share of file descriptors in use",
      unit: "percentunit",
      queries: [
        { expr: share(series("process", "openFds"), series("process", "maxFds")), legend: "{{instance}}" },
      ],
    },
    {
      title: "Restarts of workers, failed reloads, log lines lost",
      unit: "ops",
      queries: [
        { expr: rate("worker", "restarts", ["instance"]), legend: "{{instance}} restarts" },
        {
          expr: rate("process", "configReloads", ["instance"], { result: "failed" }),
          legend: "{{instance}} failed reloads",
        },
        {
          expr: rate("process", "logLinesSuppressed", ["instance"]),
          legend: "{{instance}} lines suppressed",
        },
        {
          expr: rate("process", "logLinesDropped", ["instance"]),
          legend: "{{instance}} lines dropped",
        },
      ],
    },
  ],
};

/** The dashboard from top to bottom. */
export const rows: readonly Row[] = [
  overview,
  memcacheRow,
  httpRow,
  servers,
  discovery,
  appRow,
  lifecycleRow,
  processRow,
];
