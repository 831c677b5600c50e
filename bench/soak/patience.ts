/** Far longer than any timeout of podmate, in ms: who waits this long has been forgotten. */
export const patienceMs = 40_000;

/**
 * Waits for `event`, but no longer than `limitMs`: then it rejects, and says that it was `what` that did not come. So a hang
 * becomes a failure with words.
 */
export async function within<T>(what: string, event: Promise<T>, limitMs = patienceMs): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no ${what} within ${limitMs} ms`)), limitMs);
  try {
    return await Promise.race([event, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
