import type { Clock } from "../core/clock.ts";
import { runCommand } from "../core/run-command.ts";
import { type HookNews, newsAsEnvironment, newsAsJson } from "./hook-news.ts";
import type { Command } from "./hook-options.ts";

export interface CommandSurroundings {
  /** What the command sees besides the news. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Pick<Clock, "after">;
  /** Kills the command. */
  readonly signal: AbortSignal;
}

/** Runs a command with the news in its environment, and as JSON on its standard input; rejects as `runCommand`. */
export function tellCommand(
  hook: string,
  { command, args }: Command,
  news: HookNews,
  { env, clock, signal }: CommandSurroundings,
): Promise<void> {
  return runCommand(command, args, {
    env: { ...env, ...newsAsEnvironment(hook, news) },
    input: newsAsJson(hook, news),
    clock,
    signal,
  });
}
