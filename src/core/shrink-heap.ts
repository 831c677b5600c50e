import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Collects garbage now and gives the memory back to the system. A start allocates some hundred megabytes in a short
 * time (compiling the schema's checks above all), V8 sizes its young generation for that, and a daemon that then
 * idles would keep it: 12 MB of resident memory. Blocks the thread for some 20 ms, so not for use under load.
 */
export function shrinkHeap(): void {
  // V8 hands its collector out only to contexts that are made after this flag is set.
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as NodeJS.GCFunction;
  setFlagsFromString("--no-expose-gc");
  collect({ type: "major", execution: "sync", flavor: "last-resort" });
}
