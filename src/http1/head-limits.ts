/** What a head may need at most; set by the caller before it is parsed. */
export interface HeadLimits {
  /** Bytes, the empty line at the end and empty lines before the request line included. */
  head: number;
  /** Fields. */
  headers: number;
  /** Bytes of a request's target. */
  target: number;
}
