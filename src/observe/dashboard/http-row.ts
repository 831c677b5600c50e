import type { Row } from "./panel.ts";
import { quantile, rate, share, total } from "./query.ts";

const byRoute = ["listener", "route"];
const route = "{{listener}} {{route}}";
const byPool = ["pool"];

export const httpRow: Row = {
  title: "HTTP",
  panels: [
    {
      title: "Requests by route and status",
      unit: "reqps",
      queries: [
        { expr: rate("httpRoute", "requests", [...byRoute, "status"]), legend: `${route} {{status}}` },
      ],
    },
    {
      title: "Share of server errors by route",
      unit: "percentunit",
      queries: [
        {
          expr: share(
            rate("httpRoute", "requests", byRoute, { status: "5xx" }),
            rate("httpRoute", "requests", byRoute),
          ),
          legend: route,
        },
      ],
    },
    {
      title: "Time of a request by route",
      unit: "s",
      queries: [
        { expr: quantile(0.5, "httpRoute", "requestDuration", byRoute), legend: `${route} median` },
        {
          expr: quantile(0.99, "httpRoute", "requestDuration", byRoute),
          legend: `${route} 99th percentile`,
        },
      ],
    },
    {
      title: "Podmate's own answers",
      unit: "reqps",
      queries: [
        { expr: rate("httpListener", "ownAnswers", ["listener", "code"]), legend: "{{listener}} {{code}}" },
      ],
    },
    {
      title: "Errors of the pools",
      unit: "reqps",
      queries: [{ expr: rate("httpPool", "errors", ["pool", "kind"]), legend: "{{pool}} {{kind}}" }],
    },
    {
      title: "Errors of the clients",
      unit: "reqps",
      queries: [
        { expr: rate("httpListener", "errors", ["listener", "kind"]), legend: "{{listener}} {{kind}}" },
      ],
    },
    {
      title: "Retries and overflows",
      unit: "reqps",
      queries: [
        { expr: rate("httpPool", "retries", byPool), legend: "{{pool}} retries" },
        { expr: rate("httpPool", "retriesRefused", byPool), legend: "{{pool}} refused for want of budget" },
        { expr: rate("httpPool", "overflows", byPool), legend: "{{pool}} overflows" },
      ],
    },
    {
      title: "Requests in flight, and tunnels",
      unit: "none",
      queries: [
        { expr: total("httpListener", "requestsInFlight", ["listener"]), legend: "{{listener}} requests" },
        { expr: total("httpListener", "tunnels", ["listener"]), legend: "{{listener}} tunnels" },
      ],
    },
    {
      title: "Bytes to and from clients",
      unit: "Bps",
      queries: [
        { expr: rate("httpListener", "readBytes", ["listener"]), legend: "{{listener}} read" },
        { expr: rate("httpListener", "writtenBytes", ["listener"]), legend: "{{listener}} written" },
      ],
    },
  ],
};
