import t from "tap";
import { Reloader, type ReloadParts, type ReloadResult } from "../../src/lifecycle/reload.ts";

/** A daemon that runs on a text; `next` is what stands in its file. */
class FakeDaemon implements ReloadParts<string> {
  next: string | string[] = "a";
  refusal: string | null = null;
  readonly applied: string[] = [];
  readonly reported: ReloadResult[] = [];

  async check(): Promise<{ config: string } | { errors: string[] }> {
    return typeof this.next === "string" ? { config: this.next } : { errors: this.next };
  }

  async diff(before: string, after: string): Promise<string[]> {
    return before === after ? [] : [`${before} → ${after}`];
  }

  async apply(config: string): Promise<void> {
    if (this.refusal !== null) throw new Error(this.refusal);
    this.applied.push(config);
  }

  report(result: ReloadResult): void {
    this.reported.push(result);
  }

  now(): number {
    return 7;
  }
}

t.test("a good configuration comes into force as the next version", async (t) => {
  const daemon = new FakeDaemon();
  const reloader = new Reloader(daemon, "a", 1);
  daemon.next = "b";
  const result = await reloader.reload("SIGHUP");
  t.same(result, { ok: true, trigger: "SIGHUP", at: 7, version: 2, changes: ["a → b"], errors: [] });
  t.equal(reloader.config, "b");
  t.same(daemon.applied, ["b"]);
  t.same(daemon.reported, [result]);
  t.equal(reloader.last, result);
});

t.test("an unchanged file is no new version and touches nothing", async (t) => {
  const daemon = new FakeDaemon();
  const reloader = new Reloader(daemon, "a", 1);
  t.match(await reloader.reload("SIGHUP"), { ok: true, version: 1, changes: [] });
  t.same(daemon.applied, []);
});

t.test("a bad file leaves the old configuration in force and says why", async (t) => {
  const daemon = new FakeDaemon();
  const reloader = new Reloader(daemon, "a", 1);
  daemon.next = ["line 1 is wrong", "line 2 too"];
  t.match(await reloader.reload("SIGHUP"), {
    ok: false,
    version: 1,
    changes: [],
    errors: ["line 1 is wrong", "line 2 too"],
  });
  t.equal(reloader.config, "a");
});

t.test("a configuration that cannot be applied leaves the old one in force", async (t) => {
  const daemon = new FakeDaemon();
  const reloader = new Reloader(daemon, "a", 1);
  daemon.next = "b";
  daemon.refusal = "the port is taken";
  t.match(await reloader.reload("SIGHUP"), { ok: false, version: 1, errors: ["the port is taken"] });
  t.equal(reloader.config, "a");
  daemon.refusal = null;
  t.match(await reloader.reload("SIGHUP"), { ok: true, version: 2 }, "and the next try may do better");
});

t.test("a reload that is asked for during the start waits for it", async (t) => {
  const daemon = new FakeDaemon();
  const reloader = new Reloader(daemon, "a", 1);
  daemon.next = "b";
  const started = reloader.start();
  const reloaded = reloader.reload("SIGHUP");
  await started;
  await reloaded;
  t.same(daemon.applied, ["a", "b"]);
});

t.test("a start that fails says why", async (t) => {
  const daemon = new FakeDaemon();
  daemon.refusal = "the port is taken";
  await t.rejects(new Reloader(daemon, "a", 1).start(), { message: "the port is taken" });
});

t.test("reloads asked for at one time follow each other", async (t) => {
  const daemon = new FakeDaemon();
  const reloader = new Reloader(daemon, "a", 1);
  daemon.next = "b";
  const first = reloader.reload("one");
  const second = reloader.reload("two");
  t.match(await first, { version: 2, changes: ["a → b"] });
  t.match(await second, { version: 2, changes: [] });
});
