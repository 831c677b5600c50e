import { portsAreShort } from "./port-use.ts";

/**
 * It has two causes: no local port is left, or none of the local addresses can reach that one (IPv6 is turned off, or the
 * address cannot exist), which is nothing that podmate lacks.
 */
const noAddress = "EADDRNOTAVAIL";

/**
 * What a system call fails with where this process or this machine has run out of something: open files (of the process, of
 * the machine), memory for sockets, local ports. Linux man pages socket(2), accept(2), connect(2), open(2).
 */
const exhausted: ReadonlyMap<unknown, string> = new Map([
  ["EMFILE", "out of open files (RLIMIT_NOFILE of podmate)"],
  ["ENFILE", "out of open files (fs.file-max of the machine)"],
  ["ENOBUFS", "out of memory for sockets"],
  ["ENOMEM", "out of memory"],
  [noAddress, "out of local ports (net.ipv4.ip_local_port_range)"],
]);

/**
 * What podmate itself lacked when an attempt to connect, to open a file or to look a name up failed with `error`, in words;
 * null: nothing, the failure is the peer's or the network's. Takes an Error or its `code`. Of several addresses tried for
 * one name (AggregateError) every one must have failed so: otherwise one of them has been reached, and answered.
 * `portsShort` tells whether local ports are short.
 */
export function ownExhaustion(error: unknown, portsShort = portsAreShort): string | null {
  if (error instanceof AggregateError && error.errors.length > 0) {
    const found = error.errors.map((each) => ownExhaustion(each, portsShort));
    return found.includes(null) ? null : found[0]!;
  }
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : error;
  return code === noAddress && !portsShort() ? null : (exhausted.get(code) ?? null);
}
