import type { Flag, Verb } from "./verb.ts";

const none: readonly [number, number] = [0, 0];

const admin: Flag = {
  name: "admin",
  value: "HOST:PORT",
  help: "Management interface of the daemon (default: $PODMATE_ADMIN, else 127.0.0.1:9901).",
};
const json: Flag = { name: "json", help: "Print JSON." };
const config: Flag = {
  name: "config",
  short: "c",
  value: "FILE",
  help: "Configuration file (YAML or JSON).",
};
const reason: Flag = { name: "reason", value: "TEXT", help: "Why, for the log and the hooks." };
const mustConfig: Flag = { ...config, required: true };

/** Every verb of the command line. Help texts, docs/cli.md and the guesses at mistyped words derive from it. */
export const verbs: readonly Verb[] = [
  {
    name: "run",
    summary: "Run the daemon.",
    operands: "",
    arity: none,
    flags: [
      { ...config, help: "Configuration file; without one, the embedded default runs." },
      {
        name: "twemproxy",
        value: "FILE",
        help: "Run on twemproxy's own configuration file (nutcracker.yml), unchanged.",
      },
      {
        name: "admin",
        value: "HOST:PORT",
        help: "Where the management interface listens, instead of admin.listen.",
      },
      { name: "workers", value: "N", help: "Number of worker threads, instead of workers." },
    ],
    details: `Without a file it starts four embedded memcache nodes on free loopback ports, an ambassador in front of
them on 127.0.0.1:22121 and the management interface on 127.0.0.1:9901, and prints what to try.

SIGTERM and SIGINT drain, a second one exits at once, SIGHUP reloads the file (as does a change of it),
SIGTTIN and SIGTTOU turn the log level up and down.`,
    load: async () => (await import("./run.ts")).run,
  },
  {
    name: "check",
    summary: "Check a configuration file and print every error in it.",
    operands: "",
    arity: none,
    flags: [mustConfig],
    details: "Exits with 64 if the daemon would refuse the file.",
    load: async () => (await import("./check.ts")).check,
  },
  {
    name: "convert twemproxy",
    summary: "Print twemproxy's configuration file in podmate's form.",
    operands: "FILE",
    arity: [1, 1],
    flags: [],
    details:
      "The same keys go to the same servers as before. Settings that have no meaning here are named on stderr.",
    load: async () => (await import("./convert.ts")).convertTwemproxy,
  },
  {
    name: "ring",
    summary: "Show which server owns a key, and why.",
    operands: "KEY…",
    arity: [1, Number.POSITIVE_INFINITY],
    flags: [
      mustConfig,
      { name: "pool", value: "NAME", help: "Pool to look in; needed where the file has several." },
      json,
    ],
    details:
      "Needs no running daemon; it places the keys as a daemon with this file would. twemproxy's file does as well.",
    load: async () => (await import("./ring.ts")).ring,
  },
  {
    name: "ring diff",
    summary: "Show which share of the keys moves between two configuration files.",
    operands: "OLD NEW",
    arity: [2, 2],
    flags: [{ name: "pool", value: "NAME", help: "Only this pool; else every pool in both files." }, json],
    details:
      "A key that moves is a miss at its new server: read the share as the load your database will see.\n" +
      "Either file may be twemproxy's.",
    load: async () => (await import("./ring-diff.ts")).ringDiff,
  },
  {
    name: "status",
    summary: "Show the state of a running daemon, its pools and servers.",
    operands: "",
    arity: none,
    flags: [admin, json],
    details: "Exits with 1 if no daemon answers.",
    load: async () => (await import("./status.ts")).status,
  },
  {
    name: "top",
    summary: "Watch a running daemon: its pools and servers, with rates, second by second.",
    operands: "",
    arity: none,
    flags: [
      admin,
      { name: "once", help: "Print one page as plain text and end: for scripts." },
      { ...json, help: "Print JSON: with --once an object, else an object per line and interval." },
      {
        name: "sort",
        value: "BY",
        help: "Sort servers by rate, errors, p99, flight, ejections, state, name or config (default: rate).",
      },
      { name: "interval", value: "DURATION", help: "Time between two looks, at least 100ms (default: 1s)." },
    ],
    details: `Rates are those of the last interval; p50 and p99 those of the daemon's whole life.
Keys: \`s\` sorts by the next figure, arrows scroll, \`q\` and Ctrl-C end it.
A daemon that goes away is waited for; with --once or --json, the exit code is then 1.`,
    load: async () => (await import("./top.ts")).top,
  },
  {
    name: "drain",
    summary: "Make a running daemon end its part in the traffic.",
    operands: "",
    arity: none,
    flags: [
      admin,
      { name: "wait", help: "Come back only when it has drained." },
      { name: "deadline", value: "DURATION", help: "Longest drain, such as 20s (default: lifecycle.drain)." },
      reason,
    ],
    details: `It turns unready and drains as at SIGTERM, but does not exit. As the preStop hook of a container,
\`podmate drain --wait\` lets the pod's other containers finish before SIGTERM comes.
Exits with 1 if no daemon answers, or if it is too late for a drain.`,
    load: async () => (await import("./drain.ts")).drain,
  },
  {
    name: "pause",
    summary: "Make a running daemon hold new requests.",
    operands: "",
    arity: none,
    flags: [
      admin,
      {
        name: "deadline",
        value: "DURATION",
        help: "Longest pause, such as 5s (default and most: lifecycle.pause_limit).",
      },
      reason,
    ],
    details: `Requests under way are answered. It resumes by itself after the deadline.
Exits with 1 if the daemon cannot be paused, since it starts or drains.`,
    load: async () => (await import("./pause.ts")).pause,
  },
  {
    name: "resume",
    summary: "Make a paused daemon go on.",
    operands: "",
    arity: none,
    flags: [admin, reason],
    details: "What was held is served. A daemon that is not paused is none the worse.",
    load: async () => (await import("./resume.ts")).resume,
  },
  {
    name: "yield",
    summary: "Make a running daemon refuse what matters least, for a time, or show what it refuses.",
    operands: "[DURATION]",
    arity: [0, 1],
    flags: [
      admin,
      {
        name: "priority",
        value: "P",
        help: "The highest priority that is refused: low (default) or normal.",
      },
      { ...reason, help: "Why, for the log." },
    ],
    details: `Another order takes the place of the one before, and 0 ends it; lifecycle.yield_limit is the longest time.
Without a duration nothing is asked for.
Exits with 1 if no daemon answers, or it does not do so.`,
    load: async () => (await import("./yield.ts")).yieldFor,
  },
  {
    name: "replicate",
    summary: "Make a running daemon scale its pod, or show how many replicas there are.",
    operands: "[N | +N]",
    arity: [0, 1],
    flags: [
      admin,
      { name: "dry-run", help: "Only print what would come of it." },
      { ...reason, help: "Why, for the log and the command." },
      json,
    ],
    details: `N is how many replicas there should be, +N how many more than there should be now. The section replicate of the
configuration says who scales, and how far. Without a number nothing is asked for.
Exits with 1, and says why, if nothing has changed that should have.`,
    load: async () => (await import("./replicate.ts")).replicate,
  },
  {
    name: "logs",
    summary: "Show the recent log of a running daemon, or follow it.",
    operands: "",
    arity: none,
    flags: [
      admin,
      {
        name: "follow",
        short: "f",
        help: "Go on with the lines to come, until Ctrl-C or the end of the daemon.",
      },
      { name: "level", value: "L", help: "Only lines of this severity and above: trace to fatal." },
      {
        name: "module",
        value: "M",
        help: "Only lines of this module, or of several with commas between them.",
      },
      { name: "pool", value: "NAME", help: "Only lines about this pool." },
      {
        name: "since",
        value: "TIME",
        help: "Only lines from this time (ISO 8601) or this long ago, such as 10m.",
      },
      { name: "lines", short: "n", value: "N", help: "The last N lines, at most 1000 (default: 100)." },
      { name: "json", help: "Print the lines as they were written, JSON with a number in front." },
    ],
    details:
      "The daemon keeps its last 1000 lines, less if they are long. Exits with 1 if it vanishes while it is followed.",
    load: async () => (await import("./logs.ts")).logs,
  },
  {
    name: "reload",
    summary: "Make a running daemon read its configuration file again, or take another one.",
    operands: "",
    arity: none,
    flags: [
      {
        ...config,
        help: "File whose contents the daemon takes instead of its own; it does not keep the name.",
      },
      { name: "dry-run", help: "Only print what would change." },
      { name: "force", help: "Return to the daemon's own file, even if that has not changed since." },
      admin,
    ],
    details: `Exits with 1, prints the errors and leaves the old configuration in force if the new one is bad.

What is taken by -c rules until the daemon's own file changes or the daemon is started anew. Relative paths in it
start where the daemon's own file lies.`,
    load: async () => (await import("./reload.ts")).reload,
  },
  {
    name: "wait-ready",
    summary: "Wait until a daemon is ready.",
    operands: "",
    arity: none,
    flags: [admin, { name: "timeout", value: "DURATION", help: "Longest wait, such as 10s (default: 30s)." }],
    details: "Exits with 1 if it is not ready in time. Meant for start scripts and postStart hooks.",
    load: async () => (await import("./wait-ready.ts")).waitReady,
  },
  {
    name: "healthcheck",
    summary: "Ask a daemon once whether it is alive and ready.",
    operands: "",
    arity: none,
    flags: [admin],
    details:
      "Meant for HEALTHCHECK of a Dockerfile and exec probes. Exits with 1, and says why, if it is not.",
    load: async () => (await import("./healthcheck.ts")).healthcheck,
  },
  {
    name: "schema",
    summary: "Print the JSON Schema of the configuration file.",
    operands: "",
    arity: none,
    flags: [],
    details: "For editors: completion and checks while typing.",
    load: async () => (await import("./schema.ts")).schema,
  },
  {
    name: "metrics",
    summary: "Print the table of metrics.",
    operands: "",
    arity: none,
    flags: [],
    details: "Name, kind, labels and meaning of everything that /metrics serves.",
    load: async () => (await import("./metrics.ts")).metrics,
  },
];
