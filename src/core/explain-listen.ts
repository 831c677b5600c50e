import { type Address, formatAddress } from "./address.ts";

/** Why an address cannot be listened on, and what to do about it. */
export function explainListen(address: Address, error: NodeJS.ErrnoException): string {
  const where = formatAddress(address);
  switch (error.code) {
    case "EADDRINUSE": {
      const find = "port" in address ? `ss -ltnp 'sport = :${address.port}'` : `ss -lxp src ${address.path}`;
      return `cannot listen on ${where}: another process has it (find it with: ${find}); stop it or choose another port`;
    }
    case "EACCES":
      return `cannot listen on ${where}: permission denied; ports below 1024 need CAP_NET_BIND_SERVICE`;
    case "EADDRNOTAVAIL":
      return `cannot listen on ${where}: this machine has no such address`;
    default:
      return `cannot listen on ${where}: ${error.message}`;
  }
}
