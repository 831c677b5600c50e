import { replyForm } from "../../../memcache/reply-form.ts";
import { maxKey } from "../../../memcache/request-parser.ts";
import { command } from "../../../observe/metric-labels.ts";
import { POOL } from "../../../observe/metric-layout.ts";
import { Call } from "../../../upstream/memcache/call.ts";
import { effect } from "./effect.ts";
import { Errand, type ErrandOwner } from "./errand.ts";
import type { PoolPolicy } from "./pool-policy.ts";
import { readBlock } from "./value-block.ts";

/** A pool in which the misses of another are looked up. */
export class WarmSource {
  private readonly pool: PoolPolicy;
  /** Expiry of what is stored on the way, in seconds; 0: none. */
  private readonly ttl: number;
  /** Counters of the pool whose misses are looked up. */
  private readonly block: Float64Array;

  constructor(pool: PoolPolicy, ttl: number, block: Float64Array) {
    this.pool = pool;
    this.ttl = ttl;
    this.block = block;
  }

  /** Looks a key up; `done` gets its VALUE block, or "" where the source has none or does not answer. */
  look(key: string, limit: number, done: (block: string) => void): void {
    const end = (block: string): void => {
      this.block[block === "" ? POOL.warmMisses : POOL.warmHits]! += 1;
      done(block);
    };
    const owner: ErrandOwner = {
      answered: (reply, values, failed) => end(failed ? "" : (readBlock(reply, key, values) ?? "")),
      gaveUp: () => end(""),
    };
    const text = `get ${key}\r\n`;
    const what = { command: command.get, form: replyForm.values, asked: key, effect: effect.read, key, text };
    new Errand({ ...what, limit, owner, targets: [this.pool] }).go();
  }

  /** Stores a VALUE block in `home`, unless there is a value by now. Where the server is not free, nothing is stored. */
  fill(home: PoolPolicy, key: string, block: string): void {
    const length = keyBytes.write(key, "latin1");
    const server = home.retired ? null : home.pool.locate(keyBytes, 0, length);
    if (server === null) return;
    const connection = server.connectionFor(keyBytes, 0, length);
    if (server.refusal(connection, command.add) !== null) return;
    const headEnd = block.indexOf("\r\n");
    const [, , flags = "", size] = block.slice(0, headEnd).split(" ");
    // A server with larger flags than the protocol has; not every server could take them.
    if (Number(flags) > maxFlags) return;
    server.countRequest(command.add);
    connection.pushText(new Fill(this.block, server.turn.now), "");
    connection.writer.appendLatin1(`add ${key} ${flags} ${this.ttl} ${size}${block.slice(headEnd)}`);
  }
}

const keyBytes = Buffer.alloc(maxKey + 2);
/** Largest flags of the classic commands: 32 bits. */
const maxFlags = 0xffffffff;

/** An `add` whose answer is only counted. */
class Fill extends Call {
  private readonly block: Float64Array;

  constructor(block: Float64Array, start: number) {
    super();
    this.block = block;
    this.form = replyForm.stored;
    this.command = command.add;
    this.start = start;
  }

  onReply(bytes: Buffer, start: number, _end: number, whole: boolean): void {
    // STORED, and not NOT_STORED.
    if (whole && !this.failed && bytes[start] === 0x53) this.block[POOL.warmFills]! += 1;
  }

  onFailure(): void {}
}
