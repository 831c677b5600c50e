import { connect } from "node:net";
import { loadFs } from "./lazy-builtins.ts";

/**
 * Removes the socket file of a process that is gone, so that the path can be bound again. A file that is no socket,
 * and a socket that somebody listens on, are left alone: binding then fails with the system's error.
 */
export async function freeStaleSocket(path: string): Promise<void> {
  if (loadFs().lstatSync(path, { throwIfNoEntry: false })?.isSocket() !== true) return;
  const stale = await new Promise<boolean>((resolve) => {
    const socket = connect(path);
    socket.on("connect", () => resolve(socket.destroy() === null));
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ECONNREFUSED"));
  });
  if (stale) loadFs().unlinkSync(path);
}
