/** podmate is replaced under load, as the first process of a container, and no request fails; see `npm run drains`. */
import t from "tap";
import { needsPods } from "../support/pod.ts";
import { rollingDrain } from "../support/rolling-drain.ts";

const runs = Number(process.env["PODMATE_DRAINS"] ?? 5);

t.setTimeout(60_000 + runs * 60_000);

for (const mode of ["sidecar", "native"] as const) {
  t.test(`${mode}: ${runs} drains under load lose no request of either protocol`, async (t) => {
    if (!needsPods(t)) return;
    const report = await rollingDrain(t, mode, runs);
    t.same(report.failures, []);
    t.ok(report.inFlight > runs, "requests were under way");
    t.comment(JSON.stringify(report));
  });
}
