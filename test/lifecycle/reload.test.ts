import t from "tap";
import type { ConfigDocument } from "../../src/lifecycle/config-history.ts";
import {
  type ConfigDifference,
  type Reading,
  Reloader,
  type ReloadParts,
  type ReloadResult,
} from "../../src/lifecycle/reload.ts";

/**
 * A daemon that runs on texts. `file` is what its file says, or what is wrong with it. What stands behind a `#` is a
 * comment, and what begins with `port` needs a restart.
 */
class FakeDaemon implements ReloadParts<string> {
  file: string | string[] = "a";
  refusal: string | null = null;
  readonly applied: string[] = [];
  readonly reported: ReloadResult[] = [];

  async check(_version: number, given: ConfigDocument | null, name: string): Promise<Reading<string>> {
    if (given === null && typeof this.file !== "string") return { errors: this.file, document: undefined };
    const document = given ?? { format: "podmate", text: String(this.file) };
    if (document.text.includes("wrong")) return { errors: [`${name}:1:1: wrong`], document };
    const notes = document.text.includes("left out") ? [`${name}:2:1: left out`] : [];
    return { config: document.text.replace(/ *#.*/, ""), document, notes };
  }

  async diff(before: string, after: string): Promise<ConfigDifference[]> {
    if (before === after) return [];
    return [{ path: "text", text: `${before} → ${after}`, restart: after.startsWith("port") }];
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

const text = (text: string): ConfigDocument => ({ format: "podmate", text });

function start(): { daemon: FakeDaemon; reloader: Reloader<string> } {
  const daemon = new FakeDaemon();
  const first = { config: "a", version: 1, document: text("a"), origin: "f.yml" };
  return { daemon, reloader: new Reloader(daemon, first) };
}

t.test("what is left out of a file is noted, by a dry run and where nothing changes, too", async (t) => {
  const { daemon, reloader } = start();
  daemon.file = "b # left out";
  const notes = ["f.yml:2:1: left out"];
  t.match(await reloader.reload("SIGHUP", { dryRun: true }), { changes: ["a → b"], notes });
  t.match(await reloader.reload("SIGHUP"), { changes: ["a → b"], notes });
  t.match(await reloader.reload("SIGHUP"), { changes: [], notes });
});

t.test("a good configuration comes into force as the next version", async (t) => {
  const { daemon, reloader } = start();
  daemon.file = "b";
  const result = await reloader.reload("SIGHUP");
  t.same(result, {
    ok: true,
    trigger: "SIGHUP",
    at: 7,
    version: 2,
    source: "file",
    origin: "f.yml",
    changes: ["a → b"],
    needs_restart: [],
    notes: [],
    errors: [],
    failure: null,
  });
  t.equal(reloader.config, "b");
  t.same(daemon.applied, ["b"]);
  t.same(daemon.reported, [result]);
  t.equal(reloader.last, result);
});

t.test("an unchanged file is no new version and touches nothing", async (t) => {
  const { daemon, reloader } = start();
  t.match(await reloader.reload("SIGHUP"), { ok: true, version: 1, changes: [], notes: [] });
  t.same(daemon.applied, []);
});

t.test("a bad file leaves the old configuration in force and says why", async (t) => {
  const { daemon, reloader } = start();
  daemon.file = ["line 1 is wrong", "line 2 too"];
  t.match(await reloader.reload("SIGHUP"), {
    ok: false,
    failure: "refused",
    version: 1,
    changes: [],
    errors: ["line 1 is wrong", "line 2 too"],
  });
  t.equal(reloader.config, "a");
});

t.test("a configuration that cannot be applied leaves the old one in force", async (t) => {
  const { daemon, reloader } = start();
  daemon.file = "b";
  daemon.refusal = "the port is taken";
  t.match(await reloader.reload("SIGHUP"), { ok: false, version: 1, errors: ["the port is taken"] });
  t.equal(reloader.config, "a");
  t.equal(reloader.versions.length, 1);
  daemon.refusal = null;
  t.match(await reloader.reload("SIGHUP"), { ok: true, version: 2 }, "and the next try may do better");
});

t.test("a reload that is asked for during the start waits for it", async (t) => {
  const { daemon, reloader } = start();
  daemon.file = "b";
  const started = reloader.start();
  const reloaded = reloader.reload("SIGHUP");
  await started;
  await reloaded;
  t.same(daemon.applied, ["a", "b"]);
});

t.test("a start that fails says why", async (t) => {
  const { daemon, reloader } = start();
  daemon.refusal = "the port is taken";
  await t.rejects(reloader.start(), { message: "the port is taken" });
});

t.test("reloads asked for at one time follow each other, and are counted until they end", async (t) => {
  const { daemon, reloader } = start();
  daemon.file = "b";
  const first = reloader.reload("one");
  const second = reloader.reload("two");
  t.equal(reloader.waiting, 2);
  t.match(await first, { version: 2, changes: ["a → b"] });
  t.match(await second, { version: 2, changes: [] });
  t.equal(reloader.waiting, 0);
});

t.test("what comes over HTTP rules, and an unchanged file does not undo it", async (t) => {
  const { daemon, reloader } = start();
  t.match(await reloader.put(text("b"), "PUT /config"), {
    ok: true,
    version: 2,
    source: "http",
    origin: "PUT /config",
    changes: ["a → b"],
  });
  t.match(await reloader.reload("SIGHUP"), {
    ok: true,
    version: 2,
    source: "http",
    changes: [],
    notes: ["f.yml has not changed since it was last applied: what came by PUT /config stays in force"],
  });
  t.equal(reloader.config, "b");
  t.match(await reloader.reload("POST /config/reload?force", { force: true }), {
    version: 3,
    source: "file",
    origin: "f.yml",
    changes: ["b → a"],
    notes: ["f.yml replaces version 2, which came by PUT /config; `podmate rollback` brings that back"],
  });
  t.same(daemon.applied, ["b", "a"]);
});

t.test("a changed file replaces what came over HTTP, and says so", async (t) => {
  const { daemon, reloader } = start();
  await reloader.put(text("b"), "PUT /config");
  daemon.file = "c";
  t.match(await reloader.reload("the file has changed"), {
    version: 3,
    source: "file",
    changes: ["b → c"],
    notes: ["f.yml replaces version 2, which came by PUT /config; `podmate rollback` brings that back"],
  });
  t.match(await reloader.rollback("POST /config/rollback"), { version: 4, source: "http" });
  t.equal(reloader.config, "b");
});

t.test("a bad file does not end the rule of HTTP, nor does its return to what it said", async (t) => {
  const { daemon, reloader } = start();
  await reloader.put(text("b"), "PUT /config");
  daemon.file = "wrong";
  t.match(await reloader.reload("SIGHUP"), { ok: false, version: 2, source: "http" });
  daemon.file = "a";
  t.match(await reloader.reload("SIGHUP"), { ok: true, version: 2, source: "http", changes: [] });
});

t.test("a file that says what came over HTTP takes over without a new version", async (t) => {
  const { daemon, reloader } = start();
  await reloader.put(text("b"), "PUT /config");
  daemon.file = "b # for good";
  t.match(await reloader.reload("SIGHUP"), {
    version: 2,
    source: "file",
    origin: "f.yml",
    changes: [],
    notes: ["f.yml says the same as version 2, which came by PUT /config, and is in force from now on"],
  });
  t.match(await reloader.reload("SIGHUP"), { version: 2, source: "file", notes: [] });
  t.match(reloader.current, { version: 2, source: "file", document: { text: "b # for good" } });
});

t.test("a change over HTTP that changes nothing leaves the file its rule", async (t) => {
  const { reloader } = start();
  t.match(await reloader.put(text("a # the same"), "PUT /config"), {
    version: 1,
    source: "file",
    changes: [],
  });
  t.equal(reloader.versions.length, 1);
});

t.test("what came over HTTP is named in its errors, and changes nothing if it has any", async (t) => {
  const { daemon, reloader } = start();
  const result = await reloader.put(text("wrong"), "PUT /config");
  t.match(result, { ok: false, failure: "refused", errors: ["body:1:1: wrong"], version: 1 });
  t.same(daemon.reported, [result]);
});

t.test("a dry run says what would change, and nothing is applied or remembered", async (t) => {
  const { daemon, reloader } = start();
  daemon.file = "c";
  const dryRun = true;
  t.match(await reloader.put(text("b"), "PUT /config", { dryRun }), { version: 1, changes: ["a → b"] });
  t.match(await reloader.reload("POST", { dryRun }), { version: 1, changes: ["a → c"] });
  t.match(await reloader.put(text("wrong"), "PUT /config", { dryRun }), { ok: false, failure: "refused" });
  t.same(daemon.applied, []);
  t.same(daemon.reported, []);
  t.equal(reloader.last, null);
  t.equal(reloader.config, "a");
  t.match(await reloader.reload("SIGHUP"), { changes: ["a → c"] }, "and the file is still to be read");
});

t.test("of changes to one version at one time, one comes into force", async (t) => {
  const { daemon, reloader } = start();
  const expects = (version: number) => version === 1;
  const results = await Promise.all(
    ["b", "c", "d"].map((each) => reloader.put(text(each), "PUT /config", { expects })),
  );
  t.same(
    results.map(({ failure, version }) => [failure, version]),
    [
      [null, 2],
      ["stale", 2],
      ["stale", 2],
    ],
  );
  t.same(daemon.applied, ["b"]);
  t.equal(daemon.reported.length, 1, "what was not tried is not reported");
  t.match(reloader.last, { ok: true });
});

t.test("rollback goes to the version before, again and again, or to any that is kept", async (t) => {
  const { daemon, reloader } = start();
  t.match(await reloader.rollback("roll"), { failure: "unknown", errors: ["there is no version before"] });
  await reloader.put(text("b"), "PUT /config");
  await reloader.put(text("c"), "PUT /config");
  t.match(await reloader.rollback("roll"), {
    version: 4,
    source: "http",
    origin: "roll",
    changes: ["c → b"],
  });
  t.match(await reloader.rollback("roll"), { version: 5, changes: ["b → c"] });
  t.match(await reloader.rollback("roll", 1), { version: 6, source: "file", origin: "f.yml" });
  t.equal(reloader.config, "a");
  t.match(await reloader.rollback("roll", 99), {
    failure: "unknown",
    version: 6,
    errors: ["version 99 is not kept"],
  });
  daemon.file = "z";
  await reloader.reload("SIGHUP");
  t.match(await reloader.rollback("roll", 1), { source: "http" }, "what the file said once is not the file");
  t.match(await reloader.reload("SIGHUP"), { source: "http", changes: [] });
  t.equal(reloader.config, "a");
});

t.test("what takes a restart is told until it is the same as at the start", async (t) => {
  const { daemon, reloader } = start();
  t.match(await reloader.put(text("port 1"), "PUT /config"), { needs_restart: ["text"] });
  t.same(await reloader.needsRestart(), ["text"]);
  t.match(await reloader.reload("SIGHUP"), { needs_restart: ["text"], changes: [] });
  await reloader.rollback("roll");
  t.same(await reloader.needsRestart(), []);
  t.same(daemon.applied, ["port 1", "a"]);
});
