import t from "tap";
import { probeAnswers } from "../../src/answers/probe-answers.ts";
import type { LifecycleState } from "../../src/lifecycle/lifecycle-state.ts";

/** Whether a daemon in this state, of which so many workers live, is worth keeping. */
function live(state: LifecycleState, up: number): readonly string[] {
  return probeAnswers({ lifecycle: { state }, ambassador: { workers: { up, of: 1 } } } as never).live();
}

t.test(
  "a daemon without workers is to be started anew, unless they are to come or are to be gone",
  async (t) => {
    const dead = ["no worker is alive"];
    t.same(live("ready", 0), dead);
    t.same(live("paused", 0), dead, "what it holds would be held for ever");
    for (const state of ["starting", "draining", "stopped"] as const) t.same(live(state, 0), []);
    t.same(live("ready", 1), []);
    t.same(live("paused", 1), []);
  },
);
