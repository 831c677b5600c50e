import t from "tap";
import { type LifecycleEvent, type LifecycleState, nextState } from "../../src/lifecycle/lifecycle-state.ts";

const states: readonly LifecycleState[] = ["starting", "ready", "paused", "draining", "stopped"];
const events: readonly LifecycleEvent[] = ["started", "pause", "resume", "drain", "stop"];

/** The drawing of the design, arrow by arrow; what is not here leads nowhere. */
const arrows: Readonly<Record<string, LifecycleState>> = {
  "starting started": "ready",
  "ready pause": "paused",
  "paused resume": "ready",
  "starting drain": "draining",
  "ready drain": "draining",
  "paused drain": "draining",
  "starting stop": "stopped",
  "ready stop": "stopped",
  "paused stop": "stopped",
  "draining stop": "stopped",
};

t.test("every state and event lead where the drawing says", async (t) => {
  for (const state of states) {
    for (const event of events) {
      t.equal(nextState(state, event), arrows[`${state} ${event}`] ?? null, `${state} ${event}`);
    }
  }
});
