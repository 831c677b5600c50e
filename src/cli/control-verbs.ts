import { logLevels } from "../observe/log-level.ts";
import { admin, config, dryRun, duration, json, none, reason, skipRedis } from "./common-flags.ts";
import { checkDuration, checkWhole } from "./flag-checks.ts";
import type { Verb } from "./verb.ts";

const drainDeadline = duration("deadline", "Longest drain, such as 20s (default: lifecycle.drain).");

const serverWords = ["pool", "server"] as const;
const sinceThen = `This lies over the configuration, also over reloads, until \`podmate server reset\`, or until the server leaves the pool
or the daemon restarts.`;

const serverVerbs: readonly Verb[] = [
  {
    name: "server drain",
    summary: "Send a server no new requests; those in flight finish.",
    operands: "POOL SERVER",
    arity: [2, 2],
    completes: serverWords,
    flags: [admin],
    details: `Its keys go to the other servers meanwhile.
${sinceThen}`,
    load: async () => (await import("./server.ts")).serverDrain,
  },
  {
    name: "server ready",
    summary: "Let a server that drains take requests again.",
    operands: "POOL SERVER",
    arity: [2, 2],
    completes: serverWords,
    flags: [admin],
    details: sinceThen,
    load: async () => (await import("./server.ts")).serverReady,
  },
  {
    name: "server weight",
    summary: "Give a server another share of the keys.",
    operands: "POOL SERVER WEIGHT",
    arity: [3, 3],
    completes: serverWords,
    checkWord: (word, index) => (index === 2 ? checkWhole(1, 65_535)(word) : null),
    flags: [admin],
    details: `WEIGHT is in proportion to the other servers', 1 to 65535.
${sinceThen}`,
    load: async () => (await import("./server.ts")).serverWeight,
  },
  {
    name: "server reset",
    summary: "Return a server to what the configuration says of it.",
    operands: "POOL SERVER",
    arity: [2, 2],
    completes: serverWords,
    flags: [admin],
    details: "Takes back what `server drain`, `server ready` and `server weight` have set.",
    load: async () => (await import("./server.ts")).serverReset,
  },
];

/** Verbs that change what a running daemon does. */
export const controlVerbs: readonly Verb[] = [
  {
    name: "drain",
    summary: "Drain: stop taking new traffic and finish what is in flight.",
    operands: "",
    arity: none,
    flags: [admin, { name: "wait", help: "Return only once it has drained." }, drainDeadline, reason],
    details: `The daemon turns unready and drains as at SIGTERM, but does not exit: \`podmate stop\` or SIGTERM ends it. As the
preStop hook of a container, \`podmate drain --wait\` lets the pod's other containers finish before SIGTERM comes.
Exits with 1 if no daemon answers, or if it is too late for a drain.`,
    load: async () => (await import("./drain.ts")).drain,
  },
  {
    name: "stop",
    summary: "Drain, and exit.",
    operands: "",
    arity: none,
    flags: [
      admin,
      { name: "wait", help: "Return only once it has drained, and exits." },
      drainDeadline,
      reason,
    ],
    details: `As at SIGTERM. Where it drains already, --deadline can shorten that.
Exits with 1 if no daemon answers.`,
    load: async () => (await import("./stop.ts")).stop,
  },
  {
    name: "pause",
    summary: "Hold new requests for a while.",
    operands: "",
    arity: none,
    flags: [
      admin,
      duration("deadline", "Longest pause, such as 5s (default and most: lifecycle.pause_limit)."),
      reason,
    ],
    details: `Requests under way are answered. It resumes by itself after the deadline.
Exits with 1 if the daemon cannot be paused, because it starts or drains.`,
    load: async () => (await import("./pause.ts")).pause,
  },
  {
    name: "resume",
    summary: "Serve the requests that a paused daemon holds, and all that come.",
    operands: "",
    arity: none,
    flags: [admin, reason],
    details: "What was held is served. A daemon that is not paused is left as it is.",
    load: async () => (await import("./resume.ts")).resume,
  },
  {
    name: "yield",
    summary: "Shed low-priority requests for a while, or show what is shed.",
    operands: "[DURATION]",
    arity: [0, 1],
    checkWord: checkDuration,
    flags: [
      admin,
      {
        name: "priority",
        value: "P",
        help: "The highest priority that is refused: low (default) or normal.",
        choices: ["low", "normal"],
      },
      { ...reason, help: "Why, for the log." },
    ],
    details: `A new order replaces the one before, and 0 ends it; lifecycle.yield_limit is the longest time. Without a duration it
only shows what is shed. Exits with 1 if no daemon answers, or if it refuses.`,
    load: async () => (await import("./yield.ts")).yieldFor,
  },
  {
    name: "replicate",
    summary: "Scale the pod of a running daemon, or show how many replicas there are.",
    operands: "[N | +N]",
    arity: [0, 1],
    flags: [
      admin,
      { ...dryRun, help: "Only print what would be done." },
      { ...reason, help: "Why, for the log and the command." },
      json,
    ],
    details: `N is how many replicas there should be, +N how many more than there should be now. The section replicate of the
configuration says who scales, and how far. Without a number nothing is asked for.
Exits with 1, and says why, if nothing has changed that should have.`,
    load: async () => (await import("./replicate.ts")).replicate,
  },
  {
    name: "reload",
    summary: "Reload the configuration file of a running daemon, or give it another one.",
    operands: "",
    arity: none,
    flags: [
      {
        ...config,
        help: "File whose contents the daemon takes instead of its own; it does not keep the name.",
      },
      dryRun,
      { name: "force", help: "Return to the daemon's own file, even if that has not changed since." },
      skipRedis,
      admin,
    ],
    details: `Exits with 1, prints the errors and leaves the old configuration in force if the new one is bad.

What is given by -c, a file of podmate's or twemproxy's form or - for standard input, stays in force until the daemon's
own file changes or the daemon restarts. Relative paths in it start where the daemon's own file lies.`,
    load: async () => (await import("./reload.ts")).reload,
  },
  {
    name: "rollback",
    summary: "Return to an earlier version of the configuration.",
    operands: "[VERSION]",
    arity: [0, 1],
    checkWord: checkWhole(1, Number.MAX_SAFE_INTEGER),
    flags: [dryRun, admin],
    details: `Without a version it returns to the one before; \`podmate config --versions\` lists them. It becomes a new version, and
stays in force until the daemon's own file changes or the daemon restarts.
Exits with 1 if there is no such version, or if it is not good any more: certificates may be gone.`,
    load: async () => (await import("./rollback.ts")).rollback,
  },
  {
    name: "log-level",
    summary: "Show or set which lines a running daemon logs.",
    operands: "[LEVEL]",
    arity: [0, 1],
    completes: [[...logLevels, "default"]],
    checkWord: checkLevel,
    flags: [
      admin,
      { name: "module", value: "M", help: "Only of this module's lines." },
      duration("for", "For how long, such as 10m, at most 24h; without it, until the next start."),
      json,
    ],
    details: `LEVEL is one of ${logLevels.join(", ")}; default returns to what the configuration says.
Without a level nothing is changed, and the level of each module is shown.`,
    load: async () => (await import("./log-level.ts")).logLevel,
  },
  ...serverVerbs,
];

function checkLevel(word: string): string | null {
  return [...logLevels, "default"].includes(word) ? null : `give one of ${logLevels.join(", ")} or default`;
}
