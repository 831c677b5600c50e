import type { Clock } from "../core/clock.ts";
import type { HookCall } from "./hooks.ts";

/** Tells hooks over HTTP or by a command. What that takes is loaded when a hook is first told. */
export function hookCall(env: Readonly<Record<string, string | undefined>>, clock: Clock): HookCall {
  return async (hook, news, signal) => {
    const { name, call } = hook;
    if (call.kind === "http") {
      const { postNews } = await import("./http-hook.ts");
      await postNews(name, call.url, news, signal);
    } else {
      const { tellCommand } = await import("./exec-hook.ts");
      await tellCommand(name, call, news, { env, clock, signal });
    }
  };
}
