import type { ActuatorApi, MeterView } from "../admin/routes/actuator.ts";
import { version } from "../core/version.ts";
import type { Meter } from "../observe/meter.ts";
import type { AnswerParts } from "./admin-answers.ts";

/** What Actuator is asked that nothing else is. */
export function actuatorAnswers({ ambassador, metrics, processMetrics, logger }: AnswerParts): ActuatorApi {
  return {
    info: () => ({
      build: { name: "podmate", version },
      runtime: { name: "node", version: process.versions.node },
      process: { pid: process.pid },
    }),
    meterNames: async () => (await import("../observe/meter.ts")).meterNames(),
    async meter(name, tags) {
      ambassador.updateMetrics();
      await processMetrics.update(logger);
      const { readMeter } = await import("../observe/meter.ts");
      const meter = readMeter(metrics, name, tags);
      return meter && meterView(meter);
    },
  };
}

function meterView({ name, help, unit, kind, value, sum, labels }: Meter): MeterView {
  return {
    name,
    description: help,
    baseUnit: unit,
    measurements:
      kind === "histogram"
        ? [
            { statistic: "COUNT", value },
            { statistic: "TOTAL_TIME", value: sum },
          ]
        : [{ statistic: kind === "counter" ? "COUNT" : "VALUE", value }],
    availableTags: labels.map(({ label, values }) => ({ tag: label, values: [...values] })),
  };
}
