/**
 * How long after the last byte of a request its client may close its side and still be waiting for the answer, in ms.
 * Some do it at once (`nc -N`, BusyBox wget). Later, it has given up, and its server is not kept busy for it; a half-closed
 * connection and a closed one look the same.
 */
const grace = 250;

/** Whether a client that closes its side so long after its last byte, in ms, has given up the request under way. */
export function hasGivenUp(silence: number): boolean {
  return silence > grace;
}
