/** A header or trailer field as it was sent: the name in its own case, the value without white space around it. */
export type Field = readonly [name: string, value: string];

/** A request or an answer as a lenient peer reads it. Bytes are Latin-1 text. */
export interface HttpMessage {
  readonly startLine: string;
  readonly fields: readonly Field[];
  body: string;
  trailers: readonly Field[];
  /** Whether its end has been read. */
  complete: boolean;
  /** How its end is told. */
  readonly framing: "none" | "length" | "chunked" | "close";
}

/** The values of all fields of that name, in order. */
export function valuesOf(message: HttpMessage | undefined, name: string): string[] {
  const wanted = name.toLowerCase();
  return (message?.fields ?? []).filter(([own]) => own.toLowerCase() === wanted).map(([, value]) => value);
}

/** The status of an answer; NaN if its first line is none. */
export function statusOf(answer: HttpMessage | undefined): number {
  return Number(/^HTTP\/\d\.\d (\d{3})/.exec(answer?.startLine ?? "")?.[1]);
}

/** The target of a request; empty if there is none. */
export function targetOf(request: HttpMessage | undefined): string {
  return request?.startLine.split(" ")[1] ?? "";
}
