/** How podmate may scale what its pod belongs to, and how far. */
export interface ReplicateOptions {
  readonly by: KubernetesOwner | ScaleCommand;
  /** Fewest replicas that may be asked for. */
  readonly min: number;
  /** Most replicas that may be asked for. */
  readonly max: number;
  /** Time after a change in which there is no other one, in ms. */
  readonly cool_down: number;
  /** Longest time that one request takes, in ms. */
  readonly timeout: number;
}

/** The owner of the pod, by its scale subresource. */
export interface KubernetesOwner {
  readonly kind: "kubernetes";
}

/** A command that finds the number in its environment, as `REPLICAS`. */
export interface ScaleCommand {
  readonly kind: "command";
  readonly command: string;
  readonly args: readonly string[];
}
