import type { Test } from "tap";
import { LARGE_VALUES } from "./large-values.ts";
import { REFUSING } from "./refusing.ts";
import { REPORTING } from "./reporting.ts";
import type { Connect, Scenario } from "./scenario.ts";
import { STORING } from "./storing.ts";

/** The twenty scenarios, each named after a file of memcached's own test suite. */
export const SCENARIOS: readonly Scenario[] = [...STORING, ...REFUSING, ...LARGE_VALUES, ...REPORTING];

/** Runs each scenario as a test, against an endpoint that is emptied before. */
export async function runScenarios(t: Test, connect: Connect): Promise<void> {
  for (const scenario of SCENARIOS) {
    await t.test(scenario.name, async (t) => {
      const open: Connect = async () => {
        const client = await connect();
        t.teardown(() => client.close());
        return client;
      };
      await (await open()).exchange("flush_all\r\n", "OK\r\n");
      await scenario.run(t, open);
    });
  }
}
