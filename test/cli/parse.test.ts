import t from "tap";
import { parseCommandLine } from "../../src/cli/parse.ts";
import { verbs } from "../../src/cli/verbs.ts";

function parse(line: string) {
  return parseCommandLine(line === "" ? [] : line.split(" "), verbs);
}

t.test("what is understood", async (t) => {
  const cases: readonly [string, object][] = [
    ["run", { kind: "run", verb: { name: "run" }, invocation: { flags: {}, words: [] } }],
    ["run -c f.yml", { invocation: { flags: { config: "f.yml" } } }],
    ["run -cf.yml", { invocation: { flags: { config: "f.yml" } } }],
    ["run --config f.yml", { invocation: { flags: { config: "f.yml" } } }],
    ["run --config=a=b.yml", { invocation: { flags: { config: "a=b.yml" } } }],
    ["ring -c f k1 k2", { verb: { name: "ring" }, invocation: { words: ["k1", "k2"] } }],
    ["ring -c f --json k", { invocation: { flags: { json: true }, words: ["k"] } }],
    ["ring -c f -- -k --json", { invocation: { flags: { config: "f" }, words: ["-k", "--json"] } }],
    ["ring diff a b", { verb: { name: "ring diff" }, invocation: { words: ["a", "b"] } }],
    ["convert twemproxy f", { verb: { name: "convert twemproxy" }, invocation: { words: ["f"] } }],
    ["--help", { kind: "help", verb: null }],
    ["help", { kind: "help", verb: null }],
    ["help ring diff", { kind: "help", verb: { name: "ring diff" } }],
    ["run -h", { kind: "help", verb: { name: "run" } }],
    ["logs --since 2026-01-31T12:00:00Z -n 5", { kind: "run" }],
    ["logs --since 10m", { kind: "run" }],
    ["version", { verb: { name: "version" } }],
    ["check -", { verb: { name: "check" }, invocation: { words: ["-"] } }],
    ["server drain p s", { verb: { name: "server drain" }, invocation: { words: ["p", "s"] } }],
    ["check --help", { kind: "help", verb: { name: "check" } }],
    ["--version", { kind: "version" }],
  ];
  for (const [line, expected] of cases) t.match(parse(line), expected, line);
});

t.test("what is refused, and what is said", async (t) => {
  const cases: readonly [string, string][] = [
    ["", "a verb is needed"],
    ["rum", 'unknown verb "rum"; did you mean run?'],
    ["statsu", 'unknown verb "statsu"; did you mean status?'],
    ["frobnicate", 'unknown verb "frobnicate"'],
    ["convert", '"convert" needs one more word: convert twemproxy'],
    ["convert nutcracker.yml", 'there is no "convert nutcracker.yml"; there is: convert twemproxy'],
    ["convert mcrouter x", 'there is no "convert mcrouter"; there is: convert twemproxy'],
    ["run --help=1", "--help takes no value"],
    ["logs --level loud", "--level loud: give one of trace, debug, info, warn, error, fatal"],
    [
      "logs --level wran",
      "--level wran: give one of trace, debug, info, warn, error, fatal; did you mean warn?",
    ],
    ["logs -n abc", "-n abc: give a whole number from 1 to 1000"],
    ["logs -n 1001", "-n 1001: give a whole number from 1 to 1000"],
    [
      "logs --since yesterday",
      "--since yesterday: give a time such as 2026-01-31T12:00:00Z, or 10m for 10 minutes ago",
    ],
    ["pause --deadline 5", "--deadline 5: it has no unit (5ms? 5s?); give a duration such as 30s"],
    ["drain --deadline soon", "--deadline soon: it is not a number with a unit; give a duration such as 30s"],
    ["yield 5", '"5": it has no unit (5ms? 5s?); give a duration such as 30s'],
    ["log-level loud", '"loud": give one of trace, debug, info, warn, error, fatal or default'],
    ["rollback last", '"last": give a whole number from 1 to 9007199254740991'],
    ["server weight a b heavy", '"heavy": give a whole number from 1 to 65535'],
    ["server", '"server" needs one more word: server drain, server ready, server weight, server reset'],
    ["completion tcsh", '"tcsh": give one of bash, zsh, fish'],
    ["convert -h", '"convert" needs one more word: convert twemproxy'],
    ["rin", 'unknown verb "rin"; did you mean ring?'],
    ["convert twemprox f", 'unknown verb "convert twemprox"; did you mean convert twemproxy?'],
    ["run --confg f", "unknown flag --confg; did you mean --config?"],
    ["run --zzzzzzzz", "unknown flag --zzzzzzzz"],
    ["run -x", "unknown flag -x"],
    ["run --config", "--config needs a value: --config FILE"],
    ["run -c a -c b", "--config is given twice"],
    ["status --json=yes", "--json takes no value"],
    ["ring -c f", "KEY… is needed"],
    ["ring diff a", "OLD NEW is needed"],
    ["ring diff a b c", '"c" is one word too many'],
    ["run f.yml", '"f.yml" is one word too many'],
    ["-c f run", "the verb comes first, before -c"],
  ];
  for (const [line, message] of cases) t.match(parse(line), { kind: "usage", message }, line);
});
