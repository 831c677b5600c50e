import { setTimeout as pause } from "node:timers/promises";
import { BusyApp, type Places } from "./busy-app.ts";
import { patientPool } from "./patience.ts";
import { Pod } from "./pod.ts";
import { slowHttp, slowMemcache } from "./slow-servers.ts";
import type { Teardown } from "./teardown.ts";

export type Mode = "sidecar" | "native";

/** What a series of drains came to. */
export interface DrainReport {
  readonly mode: Mode;
  runs: number;
  /** Requests that were answered. */
  requests: number;
  /** Requests under way when the signals were sent. */
  inFlight: number;
  /** Requests that podmate had not taken when it closed their connection, and that the app sent to the next one. */
  again: number;
  /** Longest time from the signal to the exit, in ms. */
  slowest: number;
  /** What went wrong, in words. */
  readonly failures: string[];
}

const clients = 16;
/** Longest time that a server takes for an answer, in ms. */
const slowest = 20;

/**
 * Replaces podmate under load, again and again: the next one is started, and the one before gets SIGTERM.
 *
 * sidecar: the app gets its signal at the same time, and goes on working for a while, with connections old and new, before
 * it leaves. Each request must be answered.
 *
 * native: the app should be gone, but here it goes on as well. What podmate has taken must be answered; a connection that
 * it closes in place of the first byte of an answer means that it has not taken the request, which then goes to the next
 * podmate. What was done twice had been taken, and is a failure.
 *
 * `onRun` is told after each.
 */
export async function rollingDrain(
  t: Teardown,
  mode: Mode,
  runs: number,
  onRun: (report: DrainReport) => void = () => {},
): Promise<DrainReport> {
  const report: DrainReport = {
    mode,
    runs: 0,
    requests: 0,
    inFlight: 0,
    again: 0,
    slowest: 0,
    failures: [],
  };
  const servers = await Promise.all([
    slowMemcache(t, slowest),
    slowMemcache(t, slowest),
    slowHttp(t, slowest),
    slowHttp(t, slowest),
  ]);
  const config = configOf(
    mode,
    servers.map(({ address }) => address),
  );
  let pod = await Pod.start(t, config);
  for (let run = 0; run < runs; run++) {
    const app = new BusyApp(placesOf(pod), clients);
    const [next] = await Promise.all([Pod.start(t, config), app.hasAnswered(200)]);
    report.inFlight += app.inFlight;
    const began = performance.now();
    pod.kill("SIGTERM");
    await goOn(app, mode, placesOf(next));
    const { code } = await pod.exit;
    report.slowest = Math.max(report.slowest, performance.now() - began);
    await app.stop();
    if (code !== 0) report.failures.push(`run ${run}: podmate ended with ${code}: ${pod.process.stderr}`);
    if (!pod.process.stderr.includes('"reason":"all clients are gone"'))
      report.failures.push(`run ${run}: the deadline came: ${pod.process.stderr}`);
    report.failures.push(...app.failures.map((failure) => `run ${run}: ${failure}`));
    report.failures.push(...miscounted(app, servers).map((failure) => `run ${run}: ${failure}`));
    report.requests += app.answered.length;
    report.again += app.again;
    report.runs++;
    onRun(report);
    pod = next;
  }
  pod.kill("SIGTERM");
  await pod.exit;
  return report;
}

/** What the app does after the signal. */
async function goOn(app: BusyApp, mode: Mode, next: Places): Promise<void> {
  if (mode === "native") app.mayMoveTo(next);
  else {
    await pause(50 + Math.random() * 500);
    await app.stop();
  }
}

function placesOf({ listeners: [memcache, http] }: Pod): Places {
  if (memcache === undefined || http === undefined) throw new Error("there are not two listeners");
  return { memcache, http };
}

/** Requests that were answered, and not done exactly once. */
function miscounted(
  app: BusyApp,
  servers: readonly { readonly done: ReadonlyMap<string, number> }[],
): string[] {
  const times = (name: string): number => servers.reduce((sum, { done }) => sum + (done.get(name) ?? 0), 0);
  return app.answered
    .filter((name) => times(name) !== 1)
    .map((name) => `${name} was done ${times(name)} times`);
}

function configOf(mode: Mode, [m1, m2, h1, h2]: readonly string[]): string {
  return `admin: { listen: "127.0.0.1:0" }
workers: 1
lifecycle: { mode: ${mode}, drain: 30s, quiet: 300ms }
memcache:
  - { name: cache, listen: "127.0.0.1:0", pool: cache }
http:
  - { name: api, listen: "127.0.0.1:0", pool: api, hash: [ { path: true } ] }
pools:
  cache: { servers: [ "${m1}", "${m2}" ], ${patientPool} }
  api: { servers: [ "${h1}", "${h2}" ], ${patientPool} }
`;
}
