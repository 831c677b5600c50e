import { httpBench } from "./http/bench.ts";
import { managementBench } from "./management/bench.ts";
import { memcacheBench } from "./memcache/bench.ts";
import { ringBench } from "./ring/bench.ts";

const benches: Record<string, (args: readonly string[]) => Promise<void>> = {
  memcache: memcacheBench,
  http: httpBench,
  management: managementBench,
  ring: ringBench,
};

const help = `usage: npm run bench [-- NAME [options]]

Measures podmate beside the programs it replaces. Without a name, all benchmarks run one after the other.
Names: ${Object.keys(benches).join(", ")}. Options: npm run bench -- NAME --help
`;

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === "--help" || name === "-h") {
    process.stdout.write(help);
    return 0;
  }
  if (name === undefined) {
    for (const bench of Object.values(benches)) await bench([]);
    return 0;
  }
  const bench = benches[name];
  if (bench === undefined) {
    process.stderr.write(`no benchmark is named "${name}"\n\n${help}`);
    return 2;
  }
  await bench(rest);
  return 0;
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(1);
}
