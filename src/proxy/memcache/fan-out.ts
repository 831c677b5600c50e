import { Part, Split } from "./split.ts";
import { wireError } from "./wire-error.ts";

/** A command for every server (flush_all, stats …). `combine` makes one answer of theirs. */
export class FanOut extends Split {
  private readonly combine: (replies: readonly string[]) => string;
  /** Called when all servers have answered or failed. */
  onSettled: (() => void) | null = null;

  constructor(combine: (replies: readonly string[]) => string) {
    super();
    this.combine = combine;
  }

  protected createPart(): Part {
    return new Part(this);
  }

  protected override settle(): void {
    this.onSettled?.();
    super.settle();
  }

  /** Fails with the first failure: a flush that reached some of the servers only is none. */
  protected merge(): void {
    const lost = this.parts.find((part) => part.failure !== null);
    if (lost !== undefined) {
      this.emitText(wireError(lost.failure!));
      return;
    }
    const replies = this.parts.map(({ reply }) => reply.buffer.toString("latin1", 0, reply.length));
    const refusal = replies.find((reply) => /^(SERVER_|CLIENT_)?ERROR/.test(reply));
    this.emitText(refusal ?? this.combine(replies));
  }
}
