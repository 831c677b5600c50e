import type { BenchResults } from "./results.ts";

/** What the project wants to reach in a benchmark. */
export interface Goals {
  /** All of them in one sentence. */
  readonly sentence: string;
  /** Whether the run has what the goals speak of. */
  canJudge(results: BenchResults): boolean;
  /** One sentence for every goal that the run did not reach, with the distance. */
  missed(results: BenchResults): string[];
}
