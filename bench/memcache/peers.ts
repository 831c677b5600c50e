import type { Contender } from "../support/contender.ts";
import { requiredVersion } from "../support/environment.ts";
import { direct } from "./direct.ts";
import { memcachedProxy } from "./memcached-proxy.ts";
import type { PeerName } from "./options.ts";
import { twemproxy } from "./twemproxy.ts";

/** What podmate is measured beside; `proxyProgram` is a memcached built with its proxy. Throws if a program is missing. */
export function memcachePeer(
  name: Exclude<PeerName, "podmate">,
  servers: readonly number[],
  proxyProgram: string | null,
): Contender {
  if (name === "twemproxy") return twemproxy(servers, requiredVersion("nutcracker", "-V"));
  if (name === "direct") return direct(requiredVersion("memcached", "-V"));
  if (proxyProgram === null) throw new Error("memcached's proxy needs a build with it");
  return memcachedProxy(servers, proxyProgram, requiredVersion(proxyProgram, "-V"));
}
