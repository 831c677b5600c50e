import { command } from "../observe/metric-labels.ts";
import { flagProblem } from "./meta-flags.ts";

/** The words in which a line of a client is refused: those of memcached 1.6.18 for the same mistake. */
export const answer = {
  error: "ERROR\r\n",
  badFormat: "CLIENT_ERROR bad command line format\r\n",
  badExptime: "CLIENT_ERROR invalid exptime argument\r\n",
  badDelta: "CLIENT_ERROR invalid numeric delta argument\r\n",
  badDelete: "CLIENT_ERROR bad command line format.  Usage: delete <key> [noreply]\r\n",
} as const;

/** The same for a problem with the flags of a meta command. `md` and `ma` have one answer for most of them. */
export function flagAnswer(name: number, problem: number): string {
  const vague = name === command.md || name === command.ma;
  return vague && problem !== flagProblem.opaque ? invalidOrDuplicate : problemAnswers[problem]!;
}

/** The same for a meta command with too many of them. */
export function tooManyFlags(name: number): string {
  return name === command.mg
    ? "CLIENT_ERROR options flags are too long\r\n"
    : "CLIENT_ERROR options flags too long\r\n";
}

const invalidOrDuplicate = "CLIENT_ERROR invalid or duplicate flag\r\n";

const problemAnswers: Readonly<Record<number, string>> = {
  [flagProblem.invalid]: "CLIENT_ERROR invalid flag\r\n",
  [flagProblem.duplicate]: "CLIENT_ERROR duplicate flag\r\n",
  [flagProblem.token]: "CLIENT_ERROR bad token in command line format\r\n",
  [flagProblem.clientFlags]: answer.badFormat,
  [flagProblem.delta]: "CLIENT_ERROR invalid numeric delta value\r\n",
  [flagProblem.initial]: "CLIENT_ERROR invalid numeric initial value\r\n",
  [flagProblem.mode]: "CLIENT_ERROR incorrect length for M token\r\n",
  [flagProblem.opaque]: "CLIENT_ERROR opaque token too long\r\n",
  [flagProblem.key]: "CLIENT_ERROR error decoding key\r\n",
};
