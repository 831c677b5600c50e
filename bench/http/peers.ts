import { readFileSync } from "node:fs";
import type { Contender } from "../support/contender.ts";
import { requiredVersion } from "../support/environment.ts";
import { direct } from "./direct.ts";
import { haproxy } from "./haproxy.ts";
import { nginxProxy } from "./nginx-proxy.ts";
import { nodeProxy } from "./node-proxy.ts";
import type { PeerName } from "./options.ts";

const packageFolder = new URL("../../node_modules/", import.meta.url);

/** What podmate is measured beside. Throws if a program is missing. */
export function httpPeer(name: Exclude<PeerName, "podmate">, servers: readonly number[]): Contender {
  switch (name) {
    case "nginx":
      return nginxProxy(servers, requiredVersion("nginx", "-v"));
    case "haproxy":
      return haproxy(servers, requiredVersion("haproxy", "-v"));
    case "http-proxy":
      return nodeProxy("http-proxy", `http-proxy ${packageVersion("http-proxy")}`, "http-proxy", servers);
    case "undici":
      return nodeProxy(
        "node:http + undici",
        `node:http with undici ${packageVersion("undici")}`,
        "undici-proxy",
        servers,
      );
    case "direct":
      return direct(requiredVersion("nginx", "-v"));
  }
}

function packageVersion(name: string): string {
  const text = readFileSync(new URL(`${name}/package.json`, packageFolder), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}
