import { Writable } from "node:stream";
import t from "tap";
import { keepAliveEvery, LogFollower, longestStall } from "../../src/admin/log-follower.ts";
import { eventStream, type LogFormat, ndjson } from "../../src/admin/log-format.ts";
import { type RecentFilter, RecentLog } from "../../src/observe/recent-log.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { turns, until } from "../support/until.ts";

/** A stream whose reader takes what was written when the test says so. */
class Pipe extends Writable {
  readonly taken: string[] = [];
  #reading = true;
  #waiting: (() => void) | null = null;

  constructor() {
    super({ highWaterMark: 1_000, decodeStrings: false });
  }

  override _write(chunk: string, _encoding: string, done: () => void): void {
    this.taken.push(chunk);
    if (this.#reading) done();
    else this.#waiting = done;
  }

  stand(): void {
    this.#reading = false;
  }

  read(): void {
    this.#reading = true;
    this.#waiting?.();
    this.#waiting = null;
  }

  get text(): string {
    return this.taken.join("");
  }
}

function follow(options: { after?: number; filter?: RecentFilter; format?: LogFormat; lines?: number } = {}) {
  const { after = 0, filter = {}, format = ndjson, lines = 10 } = options;
  const recent = new RecentLog({ lines, characters: 100_000 });
  const clock = new FakeClock();
  const out = new Pipe();
  let ended = 0;
  const add = (text: string, level: "info" | "error" = "info") =>
    recent.add({ level, time: 0, module: "daemon", pool: undefined }, `{"msg":"${text}"}`);
  const start = () =>
    new LogFollower({ recent, filter, after, format, out, clock, onEnd: () => void ended++ });
  return { add, clock, out, recent, start, ended: () => ended };
}

t.test("begins after the line it was told, and goes on with those to come", async (t) => {
  const { add, out, start } = follow({ after: 1 });
  add("a");
  add("b");
  start();
  t.equal(out.text, '{"sequence":2,"msg":"b"}\n');
  add("c");
  add("d");
  await turns();
  t.equal(out.taken.length, 2, "lines that come together are one write");
  t.equal(out.taken[1], '{"sequence":3,"msg":"c"}\n{"sequence":4,"msg":"d"}\n');
});

t.test("server-sent events have the number as their id", async (t) => {
  const { add, out, start } = follow({ format: eventStream, after: 1, lines: 1 });
  for (const text of ["a", "b", "c"]) add(text);
  start();
  const missed = 'event: dropped\ndata: {"dropped":1}\n\n';
  t.equal(out.text, `${missed}id: 3\ndata: {"sequence":3,"msg":"c"}\n\n`);
});

t.test("lines that the filter keeps back are not missed", async (t) => {
  const { add, out, start } = follow({ filter: { level: "error" } });
  add("a");
  start();
  add("b", "error");
  add("c");
  await turns();
  t.equal(out.text, '{"sequence":2,"msg":"b"}\n');
});

t.test("one that does not read costs nothing, and is told what it has missed", async (t) => {
  const { add, out, start } = follow({ lines: 3 });
  start();
  out.stand();
  add("x".repeat(1_000));
  await turns();
  t.ok(out.writableNeedDrain);
  for (let i = 0; i < 1_000; i++) add(`line ${i}`);
  await turns();
  t.ok(out.writableLength < 1_100, "nothing waits but what was handed over before");
  out.read();
  await until(() => out.text.includes("line 999"));
  t.match(out.taken.at(-1), /^\{"dropped":997\}\n\{"sequence":999,"msg":"line 997"\}\n/);
});

t.test("a line that is too long to be kept is told as dropped", async (t) => {
  const { add, out, start } = follow();
  start();
  add("x".repeat(100_000));
  await turns();
  t.equal(out.text, '{"dropped":1}\n');
});

t.test("where nothing happens, it shows that it is alive", async (t) => {
  const { add, clock, out, start } = follow({ format: eventStream });
  start();
  clock.advance(keepAliveEvery);
  t.equal(out.text, ": keep-alive\n\n");
  add("a");
  await turns();
  clock.advance(keepAliveEvery);
  t.equal(out.taken.length, 2, "what was written was a sign of life");
  clock.advance(keepAliveEvery);
  t.equal(out.taken.length, 3);
});

t.test("one that takes nothing for long is cut off", async (t) => {
  const { add, clock, out, start, ended } = follow();
  start();
  out.stand();
  add("x".repeat(1_000));
  await turns();
  clock.advance(longestStall - 1);
  t.notOk(out.destroyed);
  clock.advance(keepAliveEvery);
  t.ok(out.destroyed);
  await until(() => ended() === 1);
  t.equal(clock.pending, 0);
});

t.test("it ends with all that came before", async (t) => {
  const { add, clock, out, start, ended } = follow();
  const follower = start();
  add("last");
  follower.finish();
  add("too late");
  await until(() => ended() === 1);
  t.equal(out.text, '{"sequence":1,"msg":"last"}\n');
  t.equal(clock.pending, 0);
});

t.test("when its reader goes, it lets go of the log", async (t) => {
  const { add, clock, out, start, ended } = follow();
  start();
  out.destroy(new Error("reset"));
  await until(() => ended() === 1);
  add("nobody hears");
  await turns();
  t.equal(out.text, "");
  t.equal(clock.pending, 0);
});
