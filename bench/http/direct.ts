import type { Contender } from "../support/contender.ts";
import { startHttpServer } from "./servers.ts";

/** One of the servers without a proxy: what the load generator and a server can do by themselves. */
export function direct(version: string): Contender {
  return { name: "direct", version: `nginx ${version}, no proxy`, start: startHttpServer };
}
