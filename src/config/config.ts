import type { Address } from "../core/address.ts";
import type { OverloadOptions } from "../lifecycle/overload/overload-options.ts";
import type { ReplicateOptions } from "../lifecycle/replicate/replicate-options.ts";
import type { Snapshot } from "../proxy/listener-options.ts";
import type { AppOptions } from "../roles/app/app-options.ts";
import type { LifecycleOptions } from "./lifecycle-form.ts";
import type { logFormats, logLevels } from "./schema.ts";

/** A checked configuration in the form that the daemon runs on: times in ms, sizes in bytes, files found. */
export interface Config {
  readonly admin: {
    readonly listen: Address;
    /** null: there is no listener for probes alone. */
    readonly probes: Address | null;
    /** null: changes come from loopback only. `token_file` is an absolute path. */
    readonly remote: { readonly token_file: string } | null;
    /** Names of the interface besides IP addresses and `localhost`. */
    readonly hosts: readonly string[];
  };
  /** Threads of the data plane; `auto` is the CPU quota. */
  readonly workers: "auto" | number;
  /** How long a worker may not come back to its event loop before it is replaced, in ms; 0: for ever. */
  readonly workerTimeout: number;
  readonly log: { readonly level: (typeof logLevels)[number]; readonly format: (typeof logFormats)[number] };
  readonly lifecycle: LifecycleOptions;
  /** The app beside podmate. */
  readonly app: AppOptions;
  /** null: only the limits decide what is refused. */
  readonly overload: OverloadOptions | null;
  /** null: nothing can be scaled. */
  readonly replicate: ReplicateOptions | null;
  /** What the workers get. Its version is 1; whoever applies a later one counts on. */
  readonly snapshot: Snapshot;
}
