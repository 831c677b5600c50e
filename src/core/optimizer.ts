import { setFlagsFromString } from "node:v8";

/**
 * Keeps V8's optimizing compiler (TurboFan) out of all threads until the function that is returned is called. A start
 * makes nothing hot but the module loader's work on paths, and to optimize that brings 5 MB of the compiler into
 * memory. V8 looks at the flag whenever a function has become hot, so nothing is lost for later.
 */
export function holdOptimizer(): () => void {
  setFlagsFromString("--no-opt");
  return () => setFlagsFromString("--opt");
}
