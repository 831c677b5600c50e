import type { Contender, RunningContender } from "../support/contender.ts";
import type { Cut } from "./case-client.ts";
import type { ConformanceCase } from "./conformance-case.ts";
import type { RecordingServer } from "./recording-server.ts";
import { runCase, type Verdict } from "./run-case.ts";

/** Time in which a request that nobody sent, or a second answer, would come, in ms. */
const settleMs = 50;

/**
 * Runs cases against a proxy one after the other, in their order; a proxy that ends is started again.
 * `patience` is how many times as long as they say they wait for what should come.
 */
export async function runProxy(
  proxy: Contender,
  cases: readonly ConformanceCase[],
  server: RecordingServer,
  cut: Cut,
  patience = 1,
): Promise<Verdict[]> {
  let running = await proxy.start();
  const verdicts: Verdict[] = [];
  try {
    for (const one of cases) {
      const { port } = running;
      const isAlive = (): boolean => lives(running);
      verdicts.push(await runCase(one, { port, server, cut, patience, settle: settleMs, isAlive }));
      if (!isAlive()) running = await proxy.start();
    }
  } finally {
    await running.stop();
  }
  return verdicts;
}

function lives({ pids: [pid] }: RunningContender): boolean {
  try {
    return process.kill(pid!, 0);
  } catch {
    return false;
  }
}
