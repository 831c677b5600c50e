import type { Row } from "./panel.ts";
import { quantile, rate, share, total } from "./query.ts";

const byPool = ["pool"];

const hits = rate("pool", "hits", byPool);

export const memcacheRow: Row = {
  title: "Memcache",
  panels: [
    {
      title: "Requests by command",
      unit: "reqps",
      queries: [{ expr: rate("pool", "requests", ["pool", "command"]), legend: "{{pool}} {{command}}" }],
    },
    {
      title: "Share of keys that are found",
      unit: "percentunit",
      queries: [{ expr: share(hits, `(${hits} + ${rate("pool", "misses", byPool)})`), legend: "{{pool}}" }],
    },
    {
      title: "Median time to the answer",
      unit: "s",
      queries: [{ expr: quantile(0.5, "pool", "requestDuration", byPool), legend: "{{pool}}" }],
    },
    {
      title: "Errors of the pools",
      unit: "reqps",
      queries: [{ expr: rate("pool", "errors", ["pool", "kind"]), legend: "{{pool}} {{kind}}" }],
    },
    {
      title: "Errors of the clients",
      unit: "reqps",
      queries: [{ expr: rate("listener", "errors", ["listener", "kind"]), legend: "{{listener}} {{kind}}" }],
    },
    {
      title: "Bytes to and from clients",
      unit: "Bps",
      queries: [
        { expr: rate("listener", "readBytes", ["listener"]), legend: "{{listener}} read" },
        { expr: rate("listener", "writtenBytes", ["listener"]), legend: "{{listener}} written" },
      ],
    },
    {
      title: "Answered without the key's own server",
      unit: "reqps",
      help: "By the near cache, another client's request, a failover pool, or the pool that this one is warmed from.",
      queries: [
        { expr: rate("pool", "nearCacheHits", byPool), legend: "{{pool}} near cache" },
        { expr: rate("pool", "coalescedRequests", byPool), legend: "{{pool}} coalesced" },
        { expr: rate("pool", "failoverRequests", byPool), legend: "{{pool}} failover" },
        { expr: rate("pool", "warmHits", byPool), legend: "{{pool}} warm" },
      ],
    },
    {
      title: "Requests in flight",
      unit: "none",
      queries: [{ expr: total("pool", "requestsInFlight", byPool), legend: "{{pool}}" }],
    },
    {
      title: "Bytes held for clients",
      unit: "bytes",
      queries: [{ expr: total("listener", "bufferedBytes", ["listener"]), legend: "{{listener}}" }],
    },
  ],
};
