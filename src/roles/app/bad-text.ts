/** A text of the app's that is not taken for what it was to be. */
export class BadText extends Error {
  readonly kind: "too_large" | "malformed";

  constructor(kind: BadText["kind"], message: string) {
    super(message);
    this.kind = kind;
  }
}

export function tooLarge(limit: number): BadText {
  return new BadText("too_large", `it is larger than ${limit} bytes`);
}
