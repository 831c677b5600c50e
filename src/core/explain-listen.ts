import { dirname } from "node:path";
import { type Address, formatAddress } from "./address.ts";
import { loadFs } from "./lazy-builtins.ts";

/** Why an address cannot be listened on, and what to do about it. */
export function explainListen(address: Address, error: NodeJS.ErrnoException): string {
  const where = `cannot listen on ${formatAddress(address)}`;
  const why = "path" in address ? whyNotPath(address.path, error) : whyNotPort(address.port, error);
  return `${where}: ${why}`;
}

function whyNotPort(port: number, error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case "EADDRINUSE":
      // Whether somebody listens there, or a connection out of this machine has taken the port, nobody but ss tells.
      return `another process has it, to listen or for a connection (find it with: ss -tanp 'sport = :${port}'); stop it or choose another port`;
    case "EACCES":
      return "permission denied; ports below 1024 need CAP_NET_BIND_SERVICE";
    case "EADDRNOTAVAIL":
      return "this machine has no such address";
    default:
      return error.message;
  }
}

/** A folder that is missing comes as EACCES, and a file that is no socket as EADDRINUSE. */
function whyNotPath(path: string, error: NodeJS.ErrnoException): string {
  const folder = dirname(path);
  switch (error.code) {
    case "EADDRINUSE":
      if (loadFs().lstatSync(path, { throwIfNoEntry: false })?.isSocket() === false) {
        return "there is a file that is no socket; remove it or choose another path";
      }
      return `another process has it (find it with: ss -lxp src ${path}); stop it or choose another path`;
    case "EACCES":
      if (!loadFs().existsSync(folder))
        return `there is no folder ${folder}; create it or choose another path`;
      return `permission denied; the folder ${folder} must be writable`;
    default:
      return error.message;
  }
}
