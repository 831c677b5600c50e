/** The part of the npm package hashring 3.2 that is used here: its constructor and the layout that it leaves. */
declare module "hashring" {
  export default class HashRing {
    constructor(servers: Readonly<Record<string, { weight: number; vnodes: number }>>, algorithm: "md5");
    /** Points in ascending order of value; of equal ones, the one that was added first comes first. */
    readonly ring: readonly { readonly value: number; readonly server: string }[];
  }
}
