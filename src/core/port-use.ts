import { readFileSync } from "node:fs";

/** Part of the local ports from which on a lack of them is believed: some may be reserved, or bound by something else. */
const mostlyUsed = 0.5;

/**
 * Whether about as many TCP sockets hold local ports as Linux has to give out (sysctl net.ipv4.ip_local_port_range; proc(5),
 * /proc/net/sockstat: `inuse` and, of those that were closed, `tw`; both of this network namespace). True where the system does
 * not say. `read` gives the text of a file.
 *
 * It reads small files and blocks: for the rare path of a failure that may have two causes.
 */
export function portsAreShort(read: (path: string) => string = readText): boolean {
  try {
    const [first, last] = read("/proc/sys/net/ipv4/ip_local_port_range").trim().split(/\s+/).map(Number);
    const held = read("/proc/net/sockstat");
    const held6 = readOptional(read, "/proc/net/sockstat6");
    const sockets = figure(held, /^TCP:.* inuse (\d+)/m) + figure(held, /^TCP:.* tw (\d+)/m);
    return sockets + figure(held6, /^TCP6:.* inuse (\d+)/m) >= mostlyUsed * (last! - first! + 1);
  } catch {
    return true;
  }
}

/** It is not there where the machine has no IPv6. */
function readOptional(read: (path: string) => string, path: string): string {
  try {
    return read(path);
  } catch {
    return "";
  }
}

function figure(text: string, pattern: RegExp): number {
  return Number(pattern.exec(text)?.[1] ?? 0);
}

function readText(path: string): string {
  return readFileSync(path, "latin1");
}
