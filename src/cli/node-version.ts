/** Oldest major version of Node that podmate runs on, as `engines` of package.json says it. */
export const oldestNode = 24;

/** What to tell someone whose Node (`v20.19.0`) is too old; undefined if it is not. */
export function nodeTooOld(version: string): string | undefined {
  const major = Number.parseInt(version.replace(/^v/, ""), 10);
  return major < oldestNode ? `podmate needs Node ${oldestNode} or later, this is ${version}` : undefined;
}
