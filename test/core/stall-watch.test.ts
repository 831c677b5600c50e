// Is a peer that takes something never said to stand still, and one that takes nothing always?
import type { Socket } from "node:net";
import t from "tap";
import { SocketWriter } from "../../src/core/socket-writer.ts";
import { StallWatch } from "../../src/core/stall-watch.ts";

/** A socket that takes nothing until it is told to. */
class SlowSocket {
  readonly #waiting: { length: number; done?: () => void }[] = [];

  write(bytes: Uint8Array, done?: () => void): void {
    this.#waiting.push(done === undefined ? { length: bytes.length } : { length: bytes.length, done });
  }

  get writableLength(): number {
    return this.#waiting.reduce((sum, { length }) => sum + length, 0);
  }

  /** What a look at a real one goes by. */
  get _handle(): { writeQueueSize: number } {
    return { writeQueueSize: this.writableLength };
  }

  /** Takes so many bytes of those that wait first. */
  take(count: number): void {
    this.#waiting[0]!.length -= count;
    while (this.#waiting[0]?.length === 0) this.#waiting.shift()!.done?.();
  }
}

function setUp() {
  const slow = new SlowSocket();
  const socket = slow as unknown as Socket;
  const writer = new SocketWriter(new Float64Array(1), 0);
  writer.open(slow);
  const watch = new StallWatch();
  const say = (length: number) => {
    writer.append(Buffer.alloc(length), 0, length);
    writer.flush();
  };
  t.teardown(() => writer.close());
  return { slow, say, look: (now: number) => watch.look(writer, socket, now) };
}

t.test("nothing waits: nobody stands still", async (t) => {
  const { look } = setUp();
  t.equal(look(1_000), 0);
  t.equal(look(9_000), 0);
});

t.test("the time counts from the first look at what waits", async (t) => {
  const { say, look } = setUp();
  t.equal(look(1_000), 0);
  say(100);
  t.equal(look(2_000), 0);
  t.equal(look(3_000), 1_000);
  t.equal(look(5_000), 3_000);
});

t.test("and anew with every byte that is taken", async (t) => {
  const { slow, say, look } = setUp();
  say(100);
  look(1_000);
  slow.take(1);
  t.equal(look(2_000), 0);
  t.equal(look(3_000), 1_000);
  slow.take(99);
  t.equal(look(4_000), 0);
});

t.test("although as much waits as before", async (t) => {
  const { slow, say, look } = setUp();
  say(100);
  look(1_000);
  for (let now = 2_000; now < 6_000; now += 1_000) {
    slow.take(100);
    say(100);
    t.equal(look(now), 0);
  }
  t.equal(look(7_000), 2_000);
});
