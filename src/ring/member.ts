import { compareRingNames } from "./ring-name.ts";

/** A server as a distribution sees it. */
export interface Member {
  /** Position in the list of servers that the ring was created from, which is what `locate` answers. */
  readonly index: number;
  readonly name: string;
  readonly weight: number;
  readonly live: boolean;
}

/** The members in twemproxy's order, so that the order in the file does not matter. */
export function sortedByName(members: readonly Member[]): Member[] {
  return members.toSorted((a, b) => compareRingNames(a.name, b.name));
}
