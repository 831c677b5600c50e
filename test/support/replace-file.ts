import { rename, writeFile } from "node:fs/promises";

/** Writes a file anew as editors do: beside it, and renamed onto it, so that nobody reads it while it is empty. */
export async function replaceFile(file: string, text: string): Promise<void> {
  const fresh = `${file}.new`;
  await writeFile(fresh, text);
  await rename(fresh, file);
}
