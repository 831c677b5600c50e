import type { Row } from "./panel.ts";
import { rate, series } from "./query.ts";

/** What the manager has the pod do, and what came of it. */
export const lifecycleRow: Row = {
  title: "Lifecycle",
  panels: [
    {
      title: "State",
      unit: "none",
      help: "1 for the state that each instance is in.",
      queries: [{ expr: `${series("lifecycle", "state")} > 0`, legend: "{{instance}} {{state}}" }],
    },
    {
      title: "Hooks told",
      unit: "ops",
      queries: [{ expr: rate("hook", "runs", ["hook", "result"]), legend: "{{hook}} {{result}}" }],
    },
    {
      title: "Replicas",
      unit: "none",
      help: "Of the owner of the pod, as last seen; 0 where nobody has asked.",
      queries: [
        { expr: series("replicate", "wantedReplicas"), legend: "{{instance}} wanted" },
        { expr: series("replicate", "currentReplicas"), legend: "{{instance}} current" },
      ],
    },
  ],
};
