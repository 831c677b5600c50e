import { distributionTable } from "./distribution-table.ts";
import { hashAlgorithms } from "./hash/hash-algorithms.ts";
import type { RingOptions, RingServer } from "./ring-options.ts";

/** What is wrong with the options of a ring for these servers, one sentence each; empty if nothing is. */
export function ringProblems(options: RingOptions, servers: readonly RingServer[]): string[] {
  return [...hashProblems(options), ...tagProblems(options), ...serverProblems(options, servers)];
}

function hashProblems({ distribution, hash, seed }: RingOptions): string[] {
  const algorithm = hashAlgorithms.get(hash);
  if (algorithm === undefined) {
    return [`no hash is called "${hash}"; there are ${[...hashAlgorithms.keys()].join(", ")}`];
  }
  const { fixedHash, defaultHash } = distributionTable[distribution];
  const problems = [];
  if (fixedHash && hash !== defaultHash)
    problems.push(`${distribution} works with the hash ${defaultHash} only`);
  if (seed !== undefined && !algorithm.seedable) problems.push(`the hash ${hash} takes no seed`);
  if (typeof seed === "number" && !(Number.isSafeInteger(seed) && seed >= 0)) {
    problems.push("a seed is a text or a whole number from 0 to 2^53 - 1");
  }
  return problems;
}

function tagProblems({ tag }: RingOptions): string[] {
  if (tag === undefined || /^[\x21-\x7e]{2}$/.test(tag)) return [];
  return ["a tag is exactly two printable ASCII characters, such as {}"];
}

function serverProblems({ distribution }: RingOptions, servers: readonly RingServer[]): string[] {
  const { weights, name } = distributionTable[distribution];
  const problems = [];
  if (servers.some(({ weight }) => !(Number.isSafeInteger(weight) && weight >= 1))) {
    problems.push("a weight is a whole number of at least 1");
  } else if (weights === "refused" && servers.some(({ weight }) => weight !== 1)) {
    problems.push(`${distribution} knows no weights; leave them out or take another distribution`);
  }
  const names = servers.map(name);
  const repeated = new Set(names.filter((each, index) => names.indexOf(each) !== index));
  for (const each of repeated) problems.push(`two servers enter the ring as "${each}"`);
  return problems;
}
