import type { Static } from "typebox";
import { hookEvents } from "../lifecycle/hook-options.ts";
import {
  absent,
  duration,
  listOf,
  oneOf,
  optionalText,
  plainName,
  plainNameAllowed,
  section,
  text,
} from "./schema-terms.ts";

const hour = 3_600_000;

export const lifecycleModes = ["sidecar", "native"] as const;

// biome-ignore lint/suspicious/noControlCharactersInRegex: a zero byte ends a word of a command
const word = /^[^\x00]{0,4096}$/;

const hook = section({
  name: optionalText(plainName, plainNameAllowed, {
    description: "Label in metrics and logs; `hook-1`, `hook-2`… by its place if absent.",
  }),
  on: listOf(
    oneOf(hookEvents, { description: "A state, or `memory`." }),
    {
      description:
        "States that it is notified of; `memory`: that memory nears its limit (`overload.memory_warnings`).",
    },
    1,
  ),
  http: optionalText(
    /^https?:\/\/[!"$-?A-~]{1,2000}$/,
    "a URL with http or https, without user and fragment",
    {
      description: "URL to which the news is posted as JSON; an answer of 2xx is a success.",
    },
  ),
  exec: absent(listOf(text(word, "a text", { description: "A word." }), { description: "Words." }, 1), {
    description:
      "Command with its arguments, without a shell. The news is in its environment and, as JSON, on its standard input; 0 is a success.",
  }),
  timeout: duration(
    { min: 1, max: hour },
    {
      description:
        "Then the call is given up, or the command killed with its process group. Hooks run one after the other, and those of `draining` count in `drain`.",
      default: "5s",
    },
  ),
});

export const lifecycle = section(
  {
    mode: oneOf(lifecycleModes, {
      description:
        "`sidecar`: at SIGTERM turn unready and serve until the app is quiet or `drain` is over. `native` (Kubernetes native sidecar): at SIGTERM the app is gone, drain at once.",
      default: "sidecar",
    }),
    drain: duration(
      { min: 1, max: hour },
      {
        description:
          "Longest time from SIGTERM to the exit. Keep it below the pod's `terminationGracePeriodSeconds` (30 s by default); too low cuts requests.",
        default: "25s",
        zero: "exit at once",
      },
    ),
    quiet: duration(
      { min: 1, max: hour },
      {
        description:
          "As a sidecar, the app is taken for gone when none of its connections has been there for so long. Too low: an app that connects now and then finds nobody. Too high: the pod ends later.",
        default: "1s",
        zero: "as soon as none is there",
      },
    ),
    pause_limit: duration(
      { min: 1, max: hour },
      {
        description:
          "Longest pause; then podmate resumes on its own. Keep it below the timeouts of the app's requests.",
        default: "30s",
      },
    ),
    yield_limit: duration(
      { min: 1, max: 24 * hour },
      {
        description: "Longest time for which a manager may have requests refused by `POST /lifecycle/yield`.",
        default: "10m",
      },
    ),
    hooks: listOf(hook, {
      description: "Who is told when the state changes, in this order.",
      default: [],
    }),
  },
  { description: "How the daemon pauses and ends, and who is told.", default: {} },
);

export type LifecycleForm = Static<typeof lifecycle>;
export type HookForm = Static<typeof hook>;
