// Is a peer that sends on behind the end left to finish, and one that falls silent, or never stops, not waited for?
import { EventEmitter } from "node:events";
import t from "tap";
import type { ByteStream } from "../../src/core/byte-stream.ts";
import { closeGently } from "../../src/core/close-gently.ts";
import { FakeClock } from "../support/fake-clock.ts";

class FakeStream extends EventEmitter {
  bytesRead = 0;
  readonly calls: string[] = [];
  end(): void {
    this.calls.push("end");
  }
  resume(): this {
    return this;
  }
  destroySoon(): void {
    this.calls.push("destroySoon");
    this.emit("close");
  }
  destroy(): void {
    this.calls.push("destroy");
    this.emit("close");
  }
}

function closing(heardOut = false) {
  const clock = new FakeClock();
  const stream = new FakeStream();
  closeGently(stream as unknown as ByteStream, clock, heardOut);
  return { clock, stream };
}

t.test("a peer that has ended is not waited for", async (t) => {
  t.same(closing(true).stream.calls, ["destroySoon"]);
});

t.test("a peer that ends later is closed then", async (t) => {
  const { clock, stream } = closing();
  t.same(stream.calls, ["end"]);
  stream.emit("end");
  t.same(stream.calls, ["end", "destroySoon"]);
  clock.advance(60_000);
  t.same(stream.calls, ["end", "destroySoon"], "and only once");
});

t.test("a peer that is silent for two seconds is given up", async (t) => {
  const { clock, stream } = closing();
  stream.bytesRead = 10;
  clock.advance(2_000);
  t.same(stream.calls, ["end"]);
  clock.advance(1_999);
  t.same(stream.calls, ["end"]);
  clock.advance(1);
  t.same(stream.calls, ["end", "destroy"]);
});

t.test("a peer that sends on is read for half a minute", async (t) => {
  const { clock, stream } = closing();
  for (let second = 0; second < 29; second++) {
    stream.bytesRead++;
    clock.advance(1_000);
  }
  t.same(stream.calls, ["end"]);
  stream.bytesRead++;
  clock.advance(2_000);
  t.same(stream.calls, ["end", "destroy"]);
});
