/**
 * Servers in turn by weight, evenly mixed: of weights 3 and 1 come A A B A, not A A A B (the smooth weighted round robin
 * of nginx: each earns its weight every time, and the one with most pays the total).
 */
export class TurnTaking {
  private readonly weights: readonly number[];
  private readonly credit: Float64Array;

  constructor(members: readonly { readonly weight: number }[]) {
    this.weights = members.map(({ weight }) => weight);
    this.credit = new Float64Array(members.length);
  }

  /** Whose turn it is among the `eligible`, of whose weight `share` (0..1) counts; -1 if nobody is. */
  next(eligible: (index: number) => boolean, share: (index: number) => number): number {
    let total = 0;
    let chosen = -1;
    for (let i = 0; i < this.weights.length; i++) {
      if (!eligible(i)) continue;
      const earned = this.weights[i]! * share(i);
      total += earned;
      this.credit[i]! += earned;
      if (chosen < 0 || this.credit[i]! > this.credit[chosen]!) chosen = i;
    }
    if (chosen >= 0) this.credit[chosen]! -= total;
    return chosen;
  }
}
