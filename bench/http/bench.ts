import { runComparison } from "../support/comparison.ts";
import type { Contender } from "../support/contender.ts";
import type { Presentation } from "../support/presentation.ts";
import { isPodmate } from "../support/report.ts";
import { betterOfBoth, httpGoals, httpProxy } from "./goals.ts";
import { httpHelp, parseHttpOptions } from "./options.ts";
import { httpPeer } from "./peers.ts";
import { podmateConfig } from "./podmate-config.ts";
import { httpLoad } from "./run-load.ts";
import { startHttpServers } from "./servers.ts";

const serverCount = 4;

const presentation: Presentation = {
  name: "http",
  references: [betterOfBoth, httpProxy],
  goals: httpGoals,
  picture: {
    title: "CPU per HTTP request, shorter is better",
    setting: "4 nginx servers",
    reference: "nginx",
  },
};

function speaksHttp2({ name }: Contender): boolean {
  return isPodmate({ name }) || betterOfBoth.names.includes(name);
}

/** Runs the HTTP benchmark as the command line says. */
export async function httpBench(args: readonly string[]): Promise<void> {
  const options = parseHttpOptions(args);
  if (options === null) {
    process.stdout.write(httpHelp);
    return;
  }
  const servers = await startHttpServers(serverCount);
  const ports = servers.map(({ port }) => port);
  try {
    await runComparison({
      ...presentation,
      options,
      podmateConfig: (port, adminPort, workers) => podmateConfig(port, adminPort, ports, workers),
      peer: (name) => httpPeer(name, ports),
      runLoad: httpLoad(options.load),
      takesPart: (contender, { streams }) => streams === 0 || speaksHttp2(contender),
    });
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}
