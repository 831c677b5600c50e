import { type Path, show } from "./config-error.ts";
import { type DiscoverForm, defaultInterval } from "./discover-schema.ts";
import type { PoolForm } from "./pool-schema.ts";
import type { Refuse } from "./refuse.ts";
import { toMilliseconds } from "./units.ts";
import type { WellFormed } from "./well-formed.ts";

/** The ways to find servers, by the setting that chooses them. */
const ways = ["dns", "srv", "file", "kubernetes"] as const;
type Way = (typeof ways)[number];

/** With which of them the other settings are of use. */
const uses: Readonly<Record<"namespace" | "port" | "interval", readonly Way[]>> = {
  namespace: ["kubernetes"],
  port: ["dns", "kubernetes"],
  interval: ["dns", "srv"],
};

/** A pool has servers, or a way to find them, and not both. */
export function checkMembers({ servers, discover }: WellFormed<PoolForm>, path: Path, refuse: Refuse): void {
  if (discover) checkDiscover(discover, [...path, "discover"], refuse);
  if (servers === undefined || discover === undefined) return;
  if (servers === null && discover === null) {
    refuse(path, "there are no servers; give a list of servers, or discover to have them found");
  } else if (servers !== null && discover !== null) {
    refuse([...path, "discover"], "the pool has a list of servers already; give either servers or discover");
  }
}

function checkDiscover(discover: WellFormed<DiscoverForm>, path: Path, refuse: Refuse): void {
  if (ways.some((way) => discover[way] === undefined)) return;
  const given = ways.filter((way) => discover[way] !== null);
  const [way, other] = given;
  if (way === undefined || other !== undefined) {
    const found = way === undefined ? "none is given" : `${given.join(" and ")} are given`;
    refuse(path, `${found}; give one of dns, srv, file and kubernetes`);
    return;
  }
  for (const [setting, use] of Object.entries(uses) as [keyof typeof uses, readonly Way[]][]) {
    if (isGiven(discover, setting) && !use.includes(way)) {
      refuse(
        [...path, setting],
        `it has no meaning with ${way}, only with ${use.join(" and ")}; leave it out`,
      );
    }
  }
  checkPort(discover.port, way, [...path, "port"], refuse);
}

function isGiven(discover: WellFormed<DiscoverForm>, setting: keyof typeof uses): boolean {
  const value = discover[setting];
  if (value === undefined || value === null) return false;
  return setting !== "interval" || toMilliseconds(value) !== toMilliseconds(defaultInterval);
}

/** A number may come as a text, from a variable. */
function checkPort(port: string | number | null | undefined, way: Way, path: Path, refuse: Refuse): void {
  if (port === undefined || port === null) return;
  const isNumber = /^\d+$/.test(String(port));
  if (isNumber && (Number(port) < 1 || Number(port) > 65535)) {
    refuse(path, `${show(port)} is not a port; give one from 1 to 65535`);
  } else if (!isNumber && way === "dns") {
    refuse(path, `${show(port)} is not a number, and dns knows no names of ports; give one from 1 to 65535`);
  }
}
