import { httpSoak } from "./http/http-soak.ts";
import { memcacheSoak } from "./memcache/memcache-soak.ts";
import { soak } from "./soak.ts";
import { parseSoakOptions, soakHelp } from "./soak-options.ts";
import { soakFailures, soakReport } from "./soak-report.ts";

async function main(args: readonly string[]): Promise<number> {
  const options = parseSoakOptions(args);
  if (options === null) {
    process.stdout.write(soakHelp);
    return 0;
  }
  const result = await (options.protocol === "memcache"
    ? soak(options, memcacheSoak)
    : soak(options, httpSoak));
  process.stdout.write(soakReport(options, result));
  return soakFailures(result).length === 0 ? 0 : 1;
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(1);
}
