import { userInfo } from "node:os";
import { accepting, spawnChild } from "../support/child-processes.ts";
import { freePort } from "../support/free-port.ts";

/** Starts memcached servers that live as long as this process; resolves to their ports once they accept connections. */
export function startMemcachedServers(count: number): Promise<number[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const port = await freePort();
      await accepting(port, spawnChild(["memcached", ...serverOptions(port)]));
      return port;
    }),
  );
}

/** One thread, no UDP, room for every value of every scenario. */
export function serverOptions(port: number): string[] {
  return [
    "-U",
    "0",
    "-t",
    "1",
    "-m",
    "256",
    "-c",
    "4096",
    "-l",
    "127.0.0.1",
    "-p",
    String(port),
    ...asUser(),
  ];
}

/** memcached refuses to run as root without being told so. */
export function asUser(): string[] {
  return userInfo().uid === 0 ? ["-u", "root"] : [];
}
