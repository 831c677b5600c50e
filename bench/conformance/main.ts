import { readFileSync, writeFileSync } from "node:fs";
import { httpPeer } from "../http/peers.ts";
import type { Contender } from "../support/contender.ts";
import { replaceGenerated } from "../support/generated-section.ts";
import { podmate, podmateCommand } from "../support/podmate.ts";
import { textTable } from "../support/text-table.ts";
import type { ConformanceCase } from "./conformance-case.ts";
import { conformanceSummary, conformanceTable, type ProxyColumn } from "./matrix.ts";
import {
  type ConformanceOptions,
  conformanceHelp,
  type ProxyName,
  parseConformanceOptions,
} from "./options.ts";
import { conformanceConfig } from "./podmate-config.ts";
import { RecordingServer } from "./recording-server.ts";
import type { Verdict } from "./run-case.ts";
import { runProxy } from "./run-proxy.ts";

const page = new URL("../../docs/conformance.md", import.meta.url);
const readme = new URL("../../README.md", import.meta.url);

async function proxyNamed(name: ProxyName, server: number, options: ConformanceOptions): Promise<Contender> {
  if (name !== "podmate") return httpPeer(name, [server]);
  const command = await podmateCommand(options.podmateCommand);
  return podmate(command, 1, (port, adminPort) => conformanceConfig(port, adminPort, server));
}

async function columnOf(name: ProxyName, options: ConformanceOptions): Promise<ProxyColumn> {
  const server = await RecordingServer.start();
  try {
    const proxy = await proxyNamed(name, server.port, options);
    const verdicts = await runProxy(proxy, options.cases, server, options.cut);
    // "nginx 1.22.1, 1 worker": the number of threads is not of interest here.
    return { title: proxy.version.split(",")[0]!, verdicts };
  } finally {
    await server.close();
  }
}

function printRun({ cases, verbose }: ConformanceOptions, columns: readonly ProxyColumn[]): void {
  const rows = cases.map((one, index) => [
    `${one.row}${one.variant ? ` (${one.variant})` : ""}`,
    ...columns.map(({ verdicts }) => shortVerdict(verdicts[index]!)),
  ]);
  process.stdout.write(textTable(["", ...columns.map(({ title }) => title)], rows));
  if (!verbose) return;
  for (const [index, one] of cases.entries()) {
    for (const { title, verdicts } of columns) process.stdout.write(details(one, title, verdicts[index]!));
  }
}

function shortVerdict({ word, status, isGood }: Verdict): string {
  return `${word}${status === null ? "" : ` ${status}`}${isGood ? "" : " !"}`;
}

function details(one: ConformanceCase, proxy: string, { word, seen }: Verdict): string {
  const { connections, answers, tunnel, closed, late } = seen;
  const server = connections.map(({ bytes, ended }) => ({ bytes, ended }));
  return `\n${one.row} ${one.variant ?? ""}: ${proxy}: ${word}\n${JSON.stringify({ server, answers, tunnel, closed, late }, null, 1)}\n`;
}

function writePages(cases: readonly ConformanceCase[], columns: readonly ProxyColumn[]): void {
  const sections = [
    [page, conformanceTable(cases, columns)],
    [readme, conformanceSummary(cases, columns)],
  ] as const;
  for (const [file, content] of sections) {
    writeFileSync(file, replaceGenerated(readFileSync(file, "utf8"), "conformance", content));
  }
}

async function main(): Promise<void> {
  const options = parseConformanceOptions(process.argv.slice(2));
  if (options === null) {
    process.stdout.write(conformanceHelp);
    return;
  }
  const columns: ProxyColumn[] = [];
  for (const name of options.proxies) columns.push(await columnOf(name, options));
  printRun(options, columns);
  if (options.write) writePages(options.cases, columns);
}

try {
  await main();
  process.exit(0);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(1);
}
