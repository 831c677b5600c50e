import { parseArgs } from "node:util";
import { type DrainReport, type Mode, rollingDrain } from "../test/support/rolling-drain.ts";

// Replaces podmate under load and reports what that has cost: `npm run drains -- --runs 100 --mode sidecar`.
const { values } = parseArgs({
  options: { runs: { type: "string", default: "100" }, mode: { type: "string" } },
});
const modes = values.mode === undefined ? (["sidecar", "native"] as const) : [values.mode as Mode];
const teardowns: (() => unknown)[] = [];
let failed = false;
for (const mode of modes) {
  const tell = ({ runs, requests, inFlight, again, slowest, failures }: DrainReport): boolean =>
    process.stdout.write(
      `${mode}: ${runs} drains, ${requests} requests answered, ${inFlight} of them under way at the signals, ` +
        `${again} sent again, slowest exit ${Math.round(slowest)} ms, ${failures.length} failures\n`,
    );
  const { failures } = await rollingDrain(
    { teardown: (run) => teardowns.push(run) },
    mode,
    Number(values.runs),
    (report) => (report.runs % 10 === 0 || report.runs === Number(values.runs)) && tell(report),
  );
  for (const failure of failures.slice(0, 20)) process.stdout.write(`  ${failure}\n`);
  failed ||= failures.length > 0;
  for (const teardown of teardowns.splice(0).reverse()) await teardown();
}
process.exitCode = failed ? 1 : 0;
