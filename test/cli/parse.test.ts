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
    ["convert nutcracker.yml", '"convert" needs one more word: convert twemproxy'],
    ["convert -h", '"convert" needs one more word: convert twemproxy'],
    ["rin", 'unknown verb "rin"; did you mean ring?'],
    ["convert twemprox f", 'unknown verb "convert twemprox"; did you mean convert twemproxy?'],
    ["run --confg f", "unknown flag --confg; did you mean --config?"],
    ["run --zzzzzzzz", "unknown flag --zzzzzzzz"],
    ["run -x", "unknown flag -x"],
    ["run --config", "--config needs a value: --config FILE"],
    ["run -c a -c b", "--config is given twice"],
    ["status --json=yes", "--json takes no value"],
    ["check", "--config FILE is needed"],
    ["ring -c f", "KEY… is needed"],
    ["ring diff a", "OLD NEW is needed"],
    ["ring diff a b c", '"c" is one word too many'],
    ["run f.yml", '"f.yml" is one word too many'],
    ["-c f run", "the verb comes first, before -c"],
  ];
  for (const [line, message] of cases) t.match(parse(line), { kind: "usage", message }, line);
});
