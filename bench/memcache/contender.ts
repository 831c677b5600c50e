/** Something that takes memcache requests and is measured. */
export interface Contender {
  /** Unique in a run; the label in tables and the picture. */
  readonly name: string;
  /** Program and version. */
  readonly version: string;
  start(): Promise<RunningContender>;
}

export interface RunningContender {
  readonly pid: number;
  /** Where it listens, on 127.0.0.1. */
  readonly port: number;
  stop(): Promise<void>;
}
