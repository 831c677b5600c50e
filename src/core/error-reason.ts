/**
 * An error in a few words: `connect ECONNREFUSED` where a system call failed (the address or name that Node appends is
 * what log and state name anyway), else its message, led by its code where the message does not hold it.
 */
export function errorReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code && syscall) return `${syscall} ${code}`;
  return code && !error.message.includes(code) ? `${code}: ${error.message}` : error.message;
}
