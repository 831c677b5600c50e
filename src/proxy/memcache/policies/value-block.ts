/** What ends the reply to a classic get. */
export const endLine = "END\r\n";

/**
 * The VALUE block in the reply to a get of one key: from `VALUE` to the line end behind the value, or "" for a miss.
 * Null if the reply is about anything but this key. `values`: blocks in the reply.
 */
export function readBlock(reply: string, key: string, values: number): string | null {
  if (values === 0) return "";
  const fits = values === 1 && reply.startsWith(`VALUE ${key} `) && reply.endsWith(endLine);
  return fits ? reply.slice(0, -endLine.length) : null;
}

/** Length of the value in a VALUE block, in bytes. */
export function valueLength(block: string): number {
  return block.length - block.indexOf("\r\n") - 4;
}
