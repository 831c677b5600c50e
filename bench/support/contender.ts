/** Something that takes requests and is measured. */
export interface Contender {
  /** Unique in a run; the label in tables and the picture. */
  readonly name: string;
  /** Program and version. */
  readonly version: string;
  start(): Promise<RunningContender>;
}

export interface RunningContender {
  /** Its processes, whose CPU time and memory are added up. */
  readonly pids: readonly number[];
  /** Where it listens, on 127.0.0.1. */
  readonly port: number;
  /** Where it speaks HTTP/2, if not there. */
  readonly http2Port?: number;
  stop(): Promise<void>;
}
