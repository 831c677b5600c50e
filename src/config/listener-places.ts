import type { Address } from "../core/address.ts";
import { formatAddress } from "../core/address.ts";
import { formatPath, type Path, show } from "./config-error.ts";
import type { MemcacheListenerForm } from "./listener-schema.ts";
import { listenAddress } from "./normalize.ts";
import type { Refuse } from "./refuse.ts";
import type { ConfigForm } from "./schema.ts";
import type { WellFormed } from "./well-formed.ts";

/** What listeners of all kinds have. */
type Place = WellFormed<Pick<MemcacheListenerForm, "name" | "listen" | "socket_mode">>;

/** Listeners have names and addresses of their own, whatever they speak. */
export class ListenerPlaces {
  readonly #refuse: Refuse;
  /** Name → where it was given first. */
  readonly #names = new Map<string, Path>();
  readonly #taken: { readonly address: Address; readonly owner: string }[] = [];

  /** `admin`: where the management interface listens, as far as that is well-formed. */
  constructor(admin: WellFormed<ConfigForm["admin"]> | undefined, refuse: Refuse) {
    this.#refuse = refuse;
    const { listen, probes } = admin ?? {};
    if (listen !== undefined)
      this.#checkAddress(listenAddress(listen), "the management interface", ["admin", "listen"]);
    if (typeof probes === "string")
      this.#checkAddress(listenAddress(probes), "admin.probes", ["admin", "probes"]);
  }

  check({ name, listen, socket_mode }: Place, path: Path): void {
    if (name !== undefined) this.#checkName(name, path);
    if (listen === undefined) return;
    const owner = name === undefined ? formatPath(path) : `listener ${show(name)}`;
    this.#checkAddress(listenAddress(listen), owner, [...path, "listen"]);
    if (typeof socket_mode === "string" && !listen.startsWith("unix:")) {
      this.#refuse(
        [...path, "socket_mode"],
        "only a unix socket has permissions; leave this out or listen on unix:/path",
      );
    }
  }

  #checkName(name: string, path: Path): void {
    const first = this.#names.get(name);
    if (first === undefined) this.#names.set(name, path);
    else this.#refuse([...path, "name"], `${show(name)} is already the name of ${formatPath(first)}`);
  }

  #checkAddress(address: Address, owner: string, path: Path): void {
    const other = this.#taken.find((each) => collide(each.address, address));
    if (other !== undefined) {
      const message = `${formatAddress(address)} is already taken by ${other.owner} (${formatAddress(other.address)})`;
      this.#refuse(path, message);
    }
    this.#taken.push({ address, owner });
  }
}

function collide(a: Address, b: Address): boolean {
  if ("path" in a || "path" in b) return "path" in a && "path" in b && a.path === b.path;
  if (a.port !== b.port || a.port === 0) return false;
  return a.host.toLowerCase() === b.host.toLowerCase() || isEvery(a.host) || isEvery(b.host);
}

function isEvery(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}
