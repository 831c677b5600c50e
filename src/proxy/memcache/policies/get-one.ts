import { bufferedBytes } from "../../../core/buffer-pool.ts";
import { isUnsent, type UpstreamError } from "../../../observe/metric-labels.ts";
import { failureAt } from "../../../upstream/memcache/failure.ts";
import { Exchange } from "../exchange.ts";
import type { Waiter } from "./lookup.ts";
import { endLine } from "./value-block.ts";

/** A `get` of one key, answered by its lookup. */
export class GetOne extends Exchange implements Waiter {
  found(_slot: number, block: string): void {
    // One reply for many clients is many replies to hold.
    if (block !== "" && bufferedBytes() > this.session.host.admission.limits.bytes) {
      const server = this.pool!.options.name;
      this.onFailure(failureAt(server, "busy", "too many bytes are waiting"));
      return;
    }
    this.values = block === "" ? 0 : 1;
    this.answer(block + endLine);
  }

  refused(_slot: number, answer: string, kind: UpstreamError | null): void {
    this.failed = true;
    if (kind !== null) {
      this.countError(this.pool!, kind);
      this.unsent = isUnsent(kind);
    }
    this.answer(answer);
  }
}
