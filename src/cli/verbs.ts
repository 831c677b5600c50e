import { controlVerbs } from "./control-verbs.ts";
import { fileVerbs } from "./file-verbs.ts";
import { observeVerbs } from "./observe-verbs.ts";
import type { Verb } from "./verb.ts";

/** Every verb of the command line. Help texts, docs/cli.md, completion and the guesses at mistyped words derive from it. */
export const verbs: readonly Verb[] = [...fileVerbs, ...observeVerbs, ...controlVerbs];
