import t from "tap";
import { descriptorOutput, farewell, longestBacklog, StreamOutput } from "../../src/observe/log-output.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { turns } from "../support/until.ts";

/** An output whose reader takes a write when the test says so. */
function slowReader() {
  const writes: string[] = [];
  const waiting: (() => void)[] = [];
  const stream = {
    write(text: string, done: () => void) {
      writes.push(text);
      waiting.push(done);
      return true;
    },
    on: () => stream,
  };
  const clock = new FakeClock();
  const output = new StreamOutput(stream as never, clock);
  const take = async (): Promise<boolean> => {
    const done = waiting.shift();
    done?.();
    await turns(1);
    return done !== undefined;
  };
  return { output, writes, clock, take };
}

t.test("lines that come together are one write, and those that come meanwhile the next", async (t) => {
  const { output, writes, take } = slowReader();
  for (const line of ["a\n", "b\n"]) output.write(line);
  t.same(writes, [], "not yet");
  await turns(1);
  for (const line of ["c\n", "d\n"]) output.write(line);
  await turns(1);
  t.same(writes, ["a\nb\n"]);
  await take();
  t.same(writes, ["a\nb\n", "c\nd\n"]);
});

t.test(
  "a reader that takes nothing: lines beyond the bound are dropped and counted, no line is cut",
  async (t) => {
    const { output, writes, take } = slowReader();
    const line = `${"x".repeat(999)}\n`;
    const fit = Math.floor(longestBacklog / line.length);
    for (let i = 0; i < fit + 7; i++) output.write(line);
    t.equal(output.dropped, 7);
    await turns(1);
    while (await take()) {}
    t.equal(writes.join(""), line.repeat(fit));
    for (const write of writes) t.ok(write.endsWith("\n") && write.length <= 65_536);
    output.write("again\n");
    await turns(1);
    t.equal(writes.at(-1), "again\n");
  },
);

t.test("a line longer than a write goes whole", async (t) => {
  const { output, writes, take } = slowReader();
  const long = `${"x".repeat(200_000)}\n`;
  for (const line of ["a\n", long, "b\n"]) output.write(line);
  await turns(1);
  while (await take()) {}
  t.same(writes, ["a\n", long, "b\n"]);
});

t.test("the end waits for a reader as long as it goes on taking", async (t) => {
  const { output, writes, clock, take } = slowReader();
  const line = `${"x".repeat(50_000)}\n`;
  for (let i = 0; i < 3; i++) output.write(line);
  let ended = false;
  const end = output.flush().then(() => {
    ended = true;
  });
  for (let i = 0; i < 3; i++) {
    clock.advance(farewell - 1);
    await turns(1);
    t.notOk(ended);
    await take();
  }
  await end;
  t.equal(writes.join(""), line.repeat(3));
  t.equal(clock.pending, 0);
});

t.test("and gives up on one that takes nothing", async (t) => {
  const { output, clock } = slowReader();
  output.write("a\n");
  const end = output.flush();
  clock.advance(farewell);
  await end;
  t.equal(clock.pending, 0);
});

t.test("with nothing to write the end is at once", async () => {
  await slowReader().output.flush();
  await (await descriptorOutput(2)).flush();
});
