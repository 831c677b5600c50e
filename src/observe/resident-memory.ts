let last = 0;

/**
 * What the process holds of the machine's memory, in bytes. libuv opens a file to learn it (/proc/self/stat), so without a
 * free descriptor it is what it was when it was asked last.
 */
export function residentMemory(): number {
  try {
    last = process.memoryUsage.rss();
  } catch {
    // EMFILE, ENFILE: no reason to end the daemon.
  }
  return last;
}
