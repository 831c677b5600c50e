import type { HookOptions } from "../lifecycle/hook-options.ts";
import { type Path, show } from "./config-error.ts";
import type { HookForm, LifecycleForm, lifecycleModes } from "./lifecycle-schema.ts";
import type { Refuse } from "./refuse.ts";
import { formatDuration, toMilliseconds } from "./units.ts";
import type { WellFormed } from "./well-formed.ts";

/** How the daemon pauses and ends, and who is told. Times in ms. */
export interface LifecycleOptions {
  readonly mode: (typeof lifecycleModes)[number];
  /** Longest time from SIGTERM to the exit. */
  readonly drain: number;
  /** A sidecar takes the app for gone when nobody has been connected for so long. */
  readonly quiet: number;
  /** Longest pause. */
  readonly pause_limit: number;
  /** Longest time for which a manager may have requests refused. */
  readonly yield_limit: number;
  readonly hooks: readonly HookOptions[];
}

/** A valid, filled-in form in the way the daemon runs on it. */
export function normalizeLifecycle(form: LifecycleForm): LifecycleOptions {
  return {
    mode: form.mode,
    drain: toMilliseconds(form.drain),
    quiet: toMilliseconds(form.quiet),
    pause_limit: toMilliseconds(form.pause_limit),
    yield_limit: toMilliseconds(form.yield_limit),
    hooks: form.hooks.map(normalizeHook),
  };
}

function normalizeHook({ name, on, http, exec, timeout }: HookForm, index: number): HookOptions {
  const [command = "", ...args] = exec ?? [];
  return {
    name: name ?? nameByPlace(index),
    on,
    timeout: toMilliseconds(timeout),
    call: http === null ? { kind: "exec", command, args } : { kind: "http", url: http },
  };
}

/** The way back of `normalizeLifecycle`. */
export function lifecycleForm(options: LifecycleOptions): LifecycleForm {
  return {
    mode: options.mode,
    drain: formatDuration(options.drain),
    quiet: formatDuration(options.quiet),
    pause_limit: formatDuration(options.pause_limit),
    yield_limit: formatDuration(options.yield_limit),
    hooks: options.hooks.map(({ name, on, timeout, call }) => ({
      name,
      on: [...on],
      http: call.kind === "http" ? call.url : null,
      exec: call.kind === "exec" ? [call.command, ...call.args] : null,
      timeout: formatDuration(timeout),
    })),
  };
}

/** What the schema cannot say: a hook has one way to be told, and a name of its own. */
export function checkLifecycle({ hooks }: WellFormed<LifecycleForm>, path: Path, refuse: Refuse): void {
  const names = new Map<string, number>();
  for (const [index, hook] of (hooks ?? []).entries()) {
    if (hook === undefined) continue;
    const at = [...path, "hooks", index];
    checkCall(hook, at, refuse);
    if (hook.name === undefined) continue;
    const name = hook.name ?? nameByPlace(index);
    const owner = names.get(name);
    if (owner !== undefined) refuse([...at, "name"], `hooks[${owner}] already has the name ${show(name)}`);
    names.set(name, owner ?? index);
  }
}

function checkCall({ http, exec }: WellFormed<HookForm>, path: Path, refuse: Refuse): void {
  if (http === undefined || exec === undefined) return;
  if (http === null && exec === null) refuse(path, "nobody is told; give http or exec");
  if (http !== null && exec !== null) refuse(path, "http and exec are given; give one of them");
  if (http === null) {
    if (exec?.[0] === "") refuse([...path, "exec"], "the command is empty");
    return;
  }
  if (!URL.canParse(http) || new URL(http).username !== "")
    refuse([...path, "http"], `${show(http)} is no URL that can be posted to`);
}

function nameByPlace(index: number): string {
  return `hook-${index + 1}`;
}
