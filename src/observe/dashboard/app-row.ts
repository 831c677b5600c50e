import type { Row } from "./panel.ts";
import { rate, series } from "./query.ts";

/** The app beside podmate, where podmate knows of it. */
export const appRow: Row = {
  title: "App",
  panels: [
    {
      title: "Health",
      unit: "none",
      help: "1 for how the app is; nothing while that is unknown, or podmate knows no app.",
      queries: [{ expr: `${series("app", "state")} > 0`, legend: "{{instance}} {{state}}" }],
    },
    {
      title: "Failed checks, and registrations that ran out",
      unit: "ops",
      queries: [
        {
          expr: rate("app", "checks", ["instance"], { result: "failed" }),
          legend: "{{instance}} failed checks",
        },
        { expr: rate("app", "expiredLeases", ["instance"]), legend: "{{instance}} registrations" },
      ],
    },
    {
      title: "Reads of the app's metrics",
      unit: "ops",
      queries: [
        { expr: rate("app", "scrapes", ["instance", "result"]), legend: "{{instance}} {{result}}" },
        { expr: rate("app", "refusedFamilies", ["instance"]), legend: "{{instance}} metrics left out" },
      ],
    },
  ],
};
