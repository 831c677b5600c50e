import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Teardown } from "./teardown.ts";

/** A new empty folder, removed with all it holds when the test ends. */
export async function tempDir(t: Teardown): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "podmate-"));
  t.teardown(() => rm(path, { recursive: true, force: true }));
  return path;
}
