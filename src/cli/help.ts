import type { Flag, Verb } from "./verb.ts";

/** What `podmate --help` prints. */
export function helpOverall(verbs: readonly Verb[]): string {
  return `podmate: the container that stands next to your app

Usage: podmate VERB [FLAGS]

${columns(verbs.map((verb) => [verb.name, verb.summary]))}

  podmate VERB --help   says more about a verb
  podmate --version     prints the version

Exit codes: 0 done, 1 failed, 2 wrong usage, 64 bad configuration.
`;
}

/** What `podmate VERB --help` prints. */
export function helpFor(verb: Verb): string {
  return `${verb.summary}

Usage: ${usageOf(verb)}

${columns([...verb.flags.map((flag) => [flagText(flag), flag.help] as const), ["-h, --help", "Print this."]])}

${verb.details}
`;
}

/** One line: how the verb is written. Optional flags stand in brackets. */
export function usageOf(verb: Verb): string {
  const flags = verb.flags.map((flag) => {
    const text = `${flag.short === undefined ? `--${flag.name}` : `-${flag.short}`}${valueText(flag)}`;
    return flag.required === true ? text : `[${text}]`;
  });
  return ["podmate", verb.name, ...flags, verb.operands].filter((part) => part !== "").join(" ");
}

/** `-c, --config FILE` */
export function flagText(flag: Flag): string {
  return `${flag.short === undefined ? "" : `-${flag.short}, `}--${flag.name}${valueText(flag)}`;
}

function valueText(flag: Flag): string {
  return flag.value === undefined ? "" : ` ${flag.value}`;
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}
