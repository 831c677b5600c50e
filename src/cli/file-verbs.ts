import { logLevels } from "../observe/log-level.ts";
import { config, json, none, pool, skipRedis } from "./common-flags.ts";
import { shells } from "./completion-shells.ts";
import type { Verb } from "./verb.ts";

/** The daemon itself, and verbs that need none: they read files. */
export const fileVerbs: readonly Verb[] = [
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
        completes: "file",
      },
      skipRedis,
      {
        name: "admin",
        value: "HOST:PORT",
        help: "Where the management interface listens, instead of admin.listen.",
      },
      { name: "workers", value: "N", help: "Number of worker threads, instead of workers." },
      {
        name: "log-level",
        value: "L",
        help: "Least severity that is logged, instead of log.level.",
        choices: logLevels,
      },
    ],
    details: `Without a file it starts four embedded memcache nodes and four HTTP servers on free loopback ports, listeners
in front of them on 127.0.0.1:22121 (memcache) and 127.0.0.1:22180 (HTTP), the management interface with its dashboard
on 127.0.0.1:9901, and prints what to try.

SIGTERM, SIGINT and SIGQUIT drain, a second one exits at once. SIGHUP reloads the file (as does a change of it),
SIGTTIN and SIGTTOU turn the log level up and down.`,
    load: async () => (await import("./run.ts")).run,
  },
  {
    name: "check",
    summary: "Check a configuration file and print every error in it.",
    operands: "[FILE]",
    arity: [0, 1],
    completes: ["file"],
    flags: [
      config,
      { name: "strict", help: "Fail on warnings, too." },
      skipRedis,
      { ...json, help: "Print JSON, for CI." },
    ],
    details: `The file is podmate's own or twemproxy's; - stands for standard input. Exits with 64 if the daemon would refuse it.
Warnings are about what the daemon would run with, but is hardly meant: a pool that nobody uses, a file of servers that
is not there.`,
    load: async () => (await import("./check.ts")).check,
  },
  {
    name: "convert twemproxy",
    summary: "Print twemproxy's configuration file in podmate's form.",
    operands: "FILE",
    arity: [1, 1],
    completes: ["file"],
    flags: [skipRedis],
    details:
      "The same keys go to the same servers as before. Comments name the settings that have no meaning here, or another one.",
    load: async () => (await import("./convert.ts")).convertTwemproxy,
  },
  {
    name: "ring",
    summary: "Show which server owns a key, and why.",
    operands: "KEY…",
    arity: [1, Number.POSITIVE_INFINITY],
    flags: [
      { ...config, help: "Configuration file, podmate's or twemproxy's; without one, the daemon is asked." },
      { ...pool, help: "Pool to look in; needed where there are several." },
      skipRedis,
      {
        name: "admin",
        value: "HOST:PORT",
        help: "Management interface of the daemon that is asked (default: $PODMATE_ADMIN, else 127.0.0.1:9901).",
      },
      json,
    ],
    details: `With -c it needs no running daemon; it places the keys as a daemon with this file would. Without it, the running
daemon also says who serves the key now, where the owner is out of service, and knows servers that it has found.`,
    load: async () => (await import("./ring.ts")).ring,
  },
  {
    name: "ring diff",
    summary: "Show which share of the keys moves between two configuration files.",
    operands: "OLD NEW",
    arity: [2, 2],
    completes: ["file", "file"],
    flags: [{ ...pool, help: "Only this pool; else every pool in both files." }, skipRedis, json],
    details:
      "A key that moves is a miss at its new server: read the share as the load your database will see.\n" +
      "Either file may be twemproxy's. Pools with the distribution random have no keys that could move.",
    load: async () => (await import("./ring-diff.ts")).ringDiff,
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
  {
    name: "completion",
    summary: "Print a script that completes verbs, flags and names in your shell.",
    operands: shells.join(" | "),
    arity: [1, 1],
    completes: [shells],
    checkWord: (word) => (shells.some((shell) => shell === word) ? null : `give one of ${shells.join(", ")}`),
    flags: [],
    details: `bash: source <(podmate completion bash)
zsh:  source <(podmate completion zsh)
fish: podmate completion fish | source

Put the line into the start file of your shell (~/.bashrc, ~/.zshrc, ~/.config/fish/config.fish). Names of pools and
servers are those of the daemon that $PODMATE_ADMIN names, else of 127.0.0.1:9901, if it runs.`,
    load: async () => (await import("./completion.ts")).completion,
  },
  {
    name: "version",
    summary: "Print the version.",
    operands: "",
    arity: none,
    flags: [],
    details: "As --version does. The version of a running daemon is in `podmate status`.",
    load: async () => (await import("./print-version.ts")).printVersion,
  },
];
