import { setTimeout as pause } from "node:timers/promises";
import { parseDuration } from "../config/units.ts";
import { AdminClient } from "./admin-client.ts";
import { CannotGoOn } from "./cannot-go-on.ts";
import { type FoldedLine, foldLines } from "./fold-lines.ts";
import { logText } from "./log-text.ts";
import type { Traffic } from "./traffic.ts";
import {
  type PageLine,
  type Sorting,
  sortings,
  stateLine,
  trafficPage,
  verdictLines,
} from "./traffic-page.ts";
import { TrafficSampler } from "./traffic-sampler.ts";
import { watchTraffic } from "./traffic-watch.ts";
import { type ExitCode, exitCode, type Flags, type Invocation, type Terminal } from "./verb.ts";

/** Lines of the log that are asked for, and that stand under the pools where there is room. */
const askedLines = 100;
const logLines = 20;

/** `podmate top` */
export async function top(invocation: Invocation, terminal: Terminal): Promise<ExitCode> {
  const { flags } = invocation;
  const client = new AdminClient(invocation, terminal);
  const sampler = new TrafficSampler(client);
  const settings = { sort: readSort(flags), interval: readInterval(flags) };
  if (flags["once"] === true) {
    terminal.out(printed(await second(sampler, settings.interval), flags, settings.sort));
    return exitCode.done;
  }
  if (flags["json"] === true) return await printEach(sampler, settings.interval, terminal);
  const { screen } = terminal;
  if (screen === undefined) {
    throw new CannotGoOn(
      exitCode.usage,
      "podmate: top draws on a terminal, and this is none; use --once or --json",
    );
  }
  const take = () => sampler.take();
  const trends = () => sampler.trends();
  const lines = async () => {
    const { lines } = await client.json<{ lines: object[] }>(`/logs?limit=${askedLines}`);
    return foldLines(lines).slice(-logLines).map(logLine);
  };
  await watchTraffic({ take, trends, lines }, screen, terminal, settings);
  return exitCode.done;
}

/** `08:46:17 WARN  ambassador  server ejected  …  (× 3)`: today's time will do, in UTC as in the log. */
function logLine({ line, times }: FoldedLine<object>): PageLine {
  const text = logText(JSON.stringify(line), false).replace(/^[\d-]+T([\d:]+)\S*/, "$1");
  const level = text.slice(9, 14).trim();
  const look = level === "WARN" ? "warn" : level === "ERROR" || level === "FATAL" ? "bad" : "faint";
  return {
    text: times === 1 ? text : `${text}  (× ${times})`,
    marks: [{ at: 9, length: 5, look }],
  };
}

/** A rate needs two looks. */
async function second(sampler: TrafficSampler, interval: number): Promise<Traffic> {
  await sampler.take();
  await pause(interval);
  return await sampler.take();
}

function printed(traffic: Traffic, { json }: Flags, sort: Sorting): string {
  if (json === true) return `${JSON.stringify(traffic, null, 2)}\n`;
  const page = trafficPage(traffic, { sort, width: Number.POSITIVE_INFINITY });
  const lines = [...verdictLines(traffic, Number.POSITIVE_INFINITY), ...page].map(({ text }) => text);
  return `${[stateLine(traffic), ...lines].join("\n")}\n`;
}

/** An object per line and interval, until it is ended. */
async function printEach(sampler: TrafficSampler, interval: number, terminal: Terminal): Promise<ExitCode> {
  const stop = new AbortController();
  terminal.signals.once("SIGINT", () => stop.abort());
  await sampler.take();
  while (!stop.signal.aborted) {
    await pause(interval, undefined, { signal: stop.signal }).catch(() => {});
    if (stop.signal.aborted) break;
    terminal.out(`${JSON.stringify(await sampler.take())}\n`);
    await terminal.flushed();
  }
  return exitCode.done;
}

function readSort({ sort = "rate" }: Flags): Sorting {
  const known = sortings.find((name) => name === sort);
  if (known !== undefined) return known;
  throw new CannotGoOn(exitCode.usage, `podmate: --sort ${sort}: give one of ${sortings.join(", ")}`);
}

function readInterval({ interval = "1s" }: Flags): number {
  const reading = parseDuration(String(interval));
  const reason = "reason" in reading ? reading.reason : reading.value < 100 ? "less than 100ms" : null;
  if (reason === null && "value" in reading) return reading.value;
  throw new CannotGoOn(exitCode.usage, `podmate: --interval ${interval}: ${reason}`);
}
