import { logLevels } from "../observe/log-level.ts";
import { admin, duration, json, none, pool } from "./common-flags.ts";
import { checkMoment, checkWhole } from "./flag-checks.ts";
import type { Verb } from "./verb.ts";

/** Verbs that ask a running daemon how it is, and change nothing. */
export const observeVerbs: readonly Verb[] = [
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
      duration("interval", "Time between two looks, at least 100ms (default: 1s)."),
    ],
    details: `Rates and hits are those of the last interval, p50 and p99 those of the last 5 to 10 s.
Keys: \`?\` shows help, \`s\` sorts by the next figure, \`/\` filters, arrows scroll, \`q\` and Ctrl-C end it.
A daemon that goes away is waited for; with --once or --json, the exit code is then 1.`,
    load: async () => (await import("./top.ts")).top,
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
      {
        name: "level",
        value: "L",
        help: "Only lines of this severity and above: trace to fatal.",
        choices: logLevels,
      },
      {
        name: "module",
        value: "M",
        help: "Only lines of this module, or of several with commas between them.",
      },
      { ...pool, help: "Only lines about this pool." },
      {
        name: "since",
        value: "TIME",
        help: "Only lines from this time (ISO 8601) or this long ago, such as 10m.",
        check: checkMoment,
      },
      {
        name: "lines",
        short: "n",
        value: "N",
        help: "The last N lines, at most 1000 (default: 100).",
        check: checkWhole(1, 1000),
      },
      { name: "json", help: "Print the lines as they were written, JSON with a number in front." },
    ],
    details:
      "The daemon keeps its last 1000 lines, less if they are long. Exits with 1 if it vanishes while it is followed.",
    load: async () => (await import("./logs.ts")).logs,
  },
  {
    name: "hotkeys",
    summary: "Show the most requested keys of a running daemon.",
    operands: "",
    arity: none,
    flags: [admin, pool, json],
    details: `They are counted in pools that have hot_keys on. A count is at most too high by the figure beside it.
Exits with 1 if no daemon answers.`,
    load: async () => (await import("./hotkeys.ts")).hotkeys,
  },
  {
    name: "config",
    summary: "Show the configuration in force of a running daemon, or its last versions.",
    operands: "",
    arity: none,
    flags: [
      admin,
      { name: "versions", help: "List the last versions instead, for rollback." },
      { name: "defaults", help: "With all settings that are at their default." },
      json,
    ],
    details: `It is printed as YAML in the form of the file; secrets are hidden. Comments on top say where it came from,
until when it stays in force, and which settings need a restart.`,
    load: async () => (await import("./show-config.ts")).showConfig,
  },
  {
    name: "wait-ready",
    summary: "Wait until a daemon is ready.",
    operands: "",
    arity: none,
    flags: [admin, duration("timeout", "Longest wait, such as 10s (default: 30s).")],
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
];
