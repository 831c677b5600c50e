import { setTimeout as pause } from "node:timers/promises";
import { AdminClient } from "./admin-client.ts";
import { allPools } from "./all-pools.ts";
import { complete, type NamesWanted } from "./complete.ts";
import { type ExitCode, exitCode, type Terminal, type Verb } from "./verb.ts";

/** Longest look at a daemon, in ms: somebody waits for it, and may type on. */
const longestLook = 3_000;

/** `podmate __complete WORD…`, for the scripts of `podmate completion`. What cannot be looked up is left out. */
export async function printCompletion(
  words: readonly string[],
  verbs: readonly Verb[],
  terminal: Terminal,
): Promise<ExitCode> {
  const { words: candidates, names } = complete(words, verbs);
  for (const { word, help } of candidates) terminal.out(`${word}\t${help}\n`);
  if (names?.of === "file") terminal.out(":files\n");
  else if (names !== null) {
    for (const name of await Promise.race([namesOf(names, terminal), pause(longestLook, [])])) {
      if (name.startsWith(names.typed)) terminal.out(`${names.before}${name}\t\n`);
    }
  }
  return exitCode.done;
}

/** Of pools, or of the servers of one, as the daemon that runs has them; none where none does. */
async function namesOf({ of, pool }: NamesWanted, terminal: Terminal): Promise<string[]> {
  try {
    const pools = await allPools(new AdminClient({ flags: {}, words: [] }, terminal));
    if (of === "pool") return pools.map((each) => each.pool);
    const servers = pools.find((each) => each.pool === pool)?.servers ?? [];
    return servers.map(({ server }) => server);
  } catch {
    return [];
  }
}
