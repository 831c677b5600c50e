import { micros, percent, rate } from "./format.js";

/**
 * @typedef {{
 *   rate: number | null,
 *   failed: number | null,
 *   share: number | undefined,
 *   requestHistory: (number | null)[],
 *   failedHistory: (number | null)[],
 * }} Figures what is known of a server besides its own answer
 *
 * @typedef {{
 *   name: string,
 *   label: string,
 *   meaning: string,
 *   descends: boolean,
 *   text: (server: any, figures: Figures) => string,
 *   value: (server: any, figures: Figures) => number | string,
 *   isBad?: (server: any, figures: Figures) => boolean,
 * }} Column
 */

/** States of a server, the best first. */
const states = ["ready", "draining", "connecting", "failing", "unreachable", "ejected"];

/**
 * The columns of the table of servers, in order.
 * @type {readonly Column[]}
 */
export const columns = [
  {
    name: "server",
    label: "Server",
    meaning: "Its name, and its address",
    descends: false,
    text: ({ server }) => server,
    value: ({ server }) => server,
  },
  {
    name: "state",
    label: "State",
    meaning: "Whether it is in service",
    descends: true,
    text: ({ state }) => state,
    value: ({ state }) => states.indexOf(state),
  },
  {
    name: "keys",
    label: "Keys",
    meaning: "Share of the keys that go to it now",
    descends: true,
    text: (_, { share }) => percent(share),
    value: (_, { share }) => share ?? -1,
  },
  {
    name: "rate",
    label: "Req/s",
    meaning: "Requests per second",
    descends: true,
    text: (_, figures) => rate(figures.rate),
    value: (_, figures) => figures.rate ?? -1,
  },
  {
    name: "failed",
    label: "Failed/s",
    meaning: "Requests per second that got no good answer",
    descends: true,
    text: (_, { failed }) => rate(failed),
    value: (_, { failed }) => failed ?? -1,
    isBad: (_, { failed }) => failed !== null && failed > 0,
  },
  {
    name: "flight",
    label: "In flight",
    meaning: "Requests that wait for an answer",
    descends: true,
    text: ({ requests_in_flight }) => String(requests_in_flight),
    value: ({ requests_in_flight }) => requests_in_flight,
  },
  {
    name: "p50",
    label: "p50",
    meaning: "Median time to the answer, of the last 5 to 10 seconds",
    descends: true,
    text: ({ response_recent_p50_us }) => micros(response_recent_p50_us),
    value: ({ response_recent_p50_us }) => response_recent_p50_us ?? -1,
  },
  {
    name: "p99",
    label: "p99",
    meaning: "99th percentile of the time to the answer, of the last 5 to 10 seconds",
    descends: true,
    text: ({ response_recent_p99_us }) => micros(response_recent_p99_us),
    value: ({ response_recent_p99_us }) => response_recent_p99_us ?? -1,
  },
  {
    name: "ejections",
    label: "Ejections",
    meaning: "Times that it was taken out of service",
    descends: true,
    text: ({ ejections }) => String(ejections),
    value: ({ ejections }) => ejections,
  },
];

/** Whether users may notice it. @param {any} server @param {Figures} figures */
export function isTrouble(server, figures) {
  return !["ready", "draining", "connecting"].includes(server.state) || (figures.failed ?? 0) > 0;
}
