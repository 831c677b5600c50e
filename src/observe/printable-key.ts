/**
 * A key, given as latin1 (a character per byte), as printable ASCII: a backslash is `\\`, any byte that is not
 * printable is `\xNN`. Clients choose keys: what one puts into them must not reach an operator's terminal as it is.
 */
export function printableKey(key: string): string {
  return key.replace(/[^\x20-\x5b\x5d-\x7e]/g, (character) =>
    character === "\\" ? "\\\\" : `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
