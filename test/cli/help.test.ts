import t from "tap";
import { helpFor, helpOverall, usageOf } from "../../src/cli/help.ts";
import { verbs } from "../../src/cli/verbs.ts";

const width = 120;

t.test("the overview names every verb", async (t) => {
  const lines = helpOverall(verbs).split("\n");
  for (const { name, summary } of verbs) {
    t.ok(
      lines.some((line) => line.trim().startsWith(`${name} `) && line.endsWith(summary)),
      name,
    );
  }
});

t.test("a verb's help shows its usage and every flag, and fits a terminal", async (t) => {
  for (const verb of verbs) {
    const help = helpFor(verb);
    t.ok(help.includes(`Usage: ${usageOf(verb)}`), verb.name);
    for (const flag of verb.flags) t.ok(help.includes(`--${flag.name}`), `${verb.name} --${flag.name}`);
    for (const line of help.split("\n")) t.ok(line.length <= width, line);
  }
});

t.test("usage: what is optional stands in brackets", async (t) => {
  const usage = new Map(verbs.map((verb) => [verb.name, usageOf(verb)]));
  t.equal(usage.get("check"), "podmate check [-c FILE] [--strict] [--skip-redis] [--json] [FILE]");
  t.equal(
    usage.get("ring"),
    "podmate ring [-c FILE] [--pool NAME] [--skip-redis] [--admin HOST:PORT] [--json] KEY…",
  );
  t.equal(
    usage.get("run"),
    "podmate run [-c FILE] [--twemproxy FILE] [--skip-redis] [--admin HOST:PORT] [--workers N] [--log-level L]",
  );
});

t.test("every verb can be loaded", async (t) => {
  for (const verb of verbs) t.type(await verb.load(), "function", verb.name);
});
