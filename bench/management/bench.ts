import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { podmateConfig as httpConfig } from "../http/podmate-config.ts";
import { httpLoad } from "../http/run-load.ts";
import { scenarios as httpScenarios } from "../http/scenarios.ts";
import { startHttpServers } from "../http/servers.ts";
import { podmateConfig as memcacheConfig } from "../memcache/podmate-config.ts";
import { runMemcacheLoad } from "../memcache/run-load.ts";
import { scenarios as memcacheScenarios } from "../memcache/scenarios.ts";
import { startMemcachedServers } from "../memcache/servers.ts";
import { describeEnvironment } from "../support/environment.ts";
import { podmateCommand } from "../support/podmate.ts";
import { methodLines, scenarioReport } from "../support/report.ts";
import type { BenchResults, ScenarioResult } from "../support/results.ts";
import { type RunLoad, runScenario, type Scenario } from "../support/run-scenario.ts";
import { atRest, type ConfigFor, hammerElsewhere, hammered, whileHammered } from "./contenders.ts";
import { type ManagementOptions, managementHelp, type Protocol, parseManagementOptions } from "./options.ts";

const projectFolder = fileURLToPath(new URL("../..", import.meta.url));
const serverCount = 4;

/** Runs the benchmark of what clients of the management interface can do to traffic. */
export async function managementBench(args: readonly string[]): Promise<void> {
  const options = parseManagementOptions(args);
  if (options === null) {
    process.stdout.write(managementHelp);
    return;
  }
  const command = await podmateCommand(options.podmateCommand);
  const scenarios: ScenarioResult[] = [];
  for (const protocol of options.protocols) {
    const result = await benches[protocol](command, options);
    process.stdout.write(`\n${scenarioReport(result)}`);
    scenarios.push(result);
  }
  const { seconds, warmup, rounds } = options;
  const environment = describeEnvironment(projectFolder);
  const results: BenchResults = { environment, method: { seconds, warmup, rounds }, scenarios };
  process.stdout.write(`\n${methodLines(results).join("\n")}\n`);
  if (options.json !== null) writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
}

type Bench = (command: readonly string[], options: ManagementOptions) => Promise<ScenarioResult>;

const benches: Readonly<Record<Protocol, Bench>> = {
  async memcache(command, options) {
    const servers = await startMemcachedServers(serverCount);
    const config: ConfigFor = (port, adminPort) => memcacheConfig(port, adminPort, servers, 1);
    return compare(memcacheScenarios[0]!, command, config, runMemcacheLoad, options);
  },
  async http(command, options) {
    const servers = await startHttpServers(serverCount);
    const ports = servers.map(({ port }) => port);
    try {
      const config: ConfigFor = (port, adminPort) => httpConfig(port, adminPort, ports, 1);
      return await compare(httpScenarios[0]!, command, config, httpLoad("autocannon"), options);
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
    }
  },
};

function compare<S extends Scenario>(
  scenario: S,
  command: readonly string[],
  config: ConfigFor,
  runLoad: RunLoad<S>,
  options: ManagementOptions,
): Promise<ScenarioResult> {
  const contenders = [atRest, hammerElsewhere, hammered].map((make) => make(command, config));
  return runScenario(scenario, contenders, whileHammered(runLoad, options.each), options);
}
