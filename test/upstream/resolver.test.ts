import fc from "fast-check";
import t from "tap";
import { type AddressRecord, type Lookups, systemLookups } from "../../src/upstream/lookups.ts";
import { defaultTtl, longestTtl, Resolver, shortestTtl } from "../../src/upstream/resolver.ts";
import { FakeClock } from "../support/fake-clock.ts";

type Answer = readonly string[] | Error;

/** Lookups that answer what a test has put there, and count. */
class FakeLookups implements Lookups {
  readonly answers = new Map<string, Answer>();
  readonly ttls = new Map<string, AddressRecord[]>();
  readonly asked: string[] = [];
  /** If set, lookups of the system wait for it. */
  gate: Promise<void> | undefined;
  recordsGate: Promise<void> | undefined;

  async system(host: string): Promise<readonly string[]> {
    this.asked.push(host);
    await this.gate;
    const answer = this.answers.get(host) ?? refused("ENOTFOUND");
    if (answer instanceof Error) throw answer;
    return answer;
  }

  async records(host: string): Promise<readonly AddressRecord[]> {
    await this.recordsGate;
    return this.ttls.get(host) ?? [];
  }

  /** The system and the DNS agree. */
  set(host: string, ttl: number, ...addresses: string[]): void {
    this.answers.set(host, addresses);
    this.ttls.set(
      host,
      addresses.map((address) => ({ address, ttl })),
    );
  }
}

function refused(code: string): Error {
  return Object.assign(new Error(`getaddrinfo ${code}`), { code, syscall: "getaddrinfo" });
}

function setUp() {
  const clock = new FakeClock();
  const lookups = new FakeLookups();
  const changes: string[] = [];
  const logged: string[] = [];
  const resolver = new Resolver({
    clock,
    lookups,
    random: () => 0,
    log: (level, _fields, message) => logged.push(`${level} ${message}`),
    onChange: (host, address) => changes.push(`${host} ${address}`),
  });
  return { clock, lookups, changes, logged, resolver };
}

/** Lets everything that is already answered be taken in. */
async function settle(): Promise<void> {
  await new Promise(setImmediate);
}

t.test("a name is looked up at once, once for all who use it, and again when its TTL is over", async (t) => {
  const { clock, lookups, changes, resolver } = setUp();
  lookups.set("cache.test", 5, "10.0.0.1");
  t.equal(resolver.reason("cache.test"), "not looked up yet");
  resolver.watch(["cache.test", "cache.test"]);
  resolver.watch(["cache.test"]);
  await settle();
  t.same(lookups.asked, ["cache.test"]);
  t.same(changes, ["cache.test 10.0.0.1"]);
  t.equal(resolver.address("cache.test"), "10.0.0.1");
  t.equal(clock.untilNext, 5_000);

  lookups.set("cache.test", 7, "10.0.0.2");
  clock.advance(5_000);
  await settle();
  t.same(changes, ["cache.test 10.0.0.1", "cache.test 10.0.0.2"]);
  t.equal(clock.untilNext, 7_000);
  resolver.close();
  t.equal(clock.pending, 0);
});

t.test("the address in use stays while the answers hold it", async (t) => {
  const { clock, lookups, changes, resolver } = setUp();
  lookups.set("h.test", 1, "10.0.0.1", "10.0.0.2");
  resolver.watch(["h.test"]);
  await settle();
  for (const answer of [["10.0.0.2", "10.0.0.1"], ["10.0.0.9", "10.0.0.1"], ["10.0.0.9"]]) {
    lookups.set("h.test", 1, ...answer);
    clock.advance(1_000);
    await settle();
  }
  t.same(changes, ["h.test 10.0.0.1", "h.test 10.0.0.9"]);
});

t.test("TTL: bounds, unknown, and records that say something else than the system", async (t) => {
  const cases: [string, readonly AddressRecord[], number][] = [
    ["0", [{ address: "10.0.0.1", ttl: 0 }], shortestTtl],
    ["2^31", [{ address: "10.0.0.1", ttl: 2 ** 31 }], longestTtl],
    ["none", [], defaultTtl],
    ["/etc/hosts overrides the DNS", [{ address: "192.0.2.1", ttl: 3 }], defaultTtl],
    [
      "the shortest",
      [
        { address: "10.0.0.1", ttl: 9 },
        { address: "10.0.0.2", ttl: 4 },
        { address: "192.0.2.1", ttl: 2 },
      ],
      4_000,
    ],
  ];
  for (const [name, records, expected] of cases) {
    const { clock, lookups, resolver } = setUp();
    lookups.answers.set("h.test", ["10.0.0.1", "10.0.0.2"]);
    lookups.ttls.set("h.test", [...records]);
    resolver.watch(["h.test"]);
    await settle();
    t.equal(clock.untilNext, expected, name);
    resolver.close();
  }
});

t.test("the address is there before slow records are", async (t) => {
  const { clock, lookups, resolver } = setUp();
  const gate = Promise.withResolvers<void>();
  lookups.recordsGate = gate.promise;
  lookups.set("h.test", 5, "10.0.0.1");
  resolver.watch(["h.test"]);
  await settle();
  t.equal(resolver.address("h.test"), "10.0.0.1");
  t.equal(resolver.states()[0]?.nextLookup, null);
  gate.resolve();
  await settle();
  t.equal(clock.untilNext, 5_000);
});

t.test(
  "a failure keeps the last good address, is said once, and is retried with growing pauses",
  async (t) => {
    const { clock, lookups, changes, logged, resolver } = setUp();
    lookups.set("h.test", 5, "10.0.0.1");
    resolver.watch(["h.test"]);
    await settle();
    lookups.ttls.delete("h.test");
    lookups.answers.set("h.test", refused("EAI_AGAIN"));
    const pauses: (number | undefined)[] = [];
    for (let i = 0; i < 7; i++) {
      clock.fireNext();
      await settle();
      pauses.push(clock.untilNext);
    }
    t.same(pauses, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    t.equal(resolver.address("h.test"), "10.0.0.1");
    t.match(resolver.states(), [{ host: "h.test", address: "10.0.0.1", reason: "getaddrinfo EAI_AGAIN" }]);

    lookups.set("h.test", 5, "10.0.0.1");
    clock.fireNext();
    await settle();
    t.same(changes, ["h.test 10.0.0.1"], "nothing has moved");
    t.equal(resolver.states()[0]?.reason, null);
    t.same(logged, [
      "debug name resolved",
      "warn name does not resolve; what was known of it stays in use",
      "info name resolves again",
    ]);
  },
);

t.test("a name that never resolved has a reason and no address", async (t) => {
  const { clock, lookups, changes, resolver } = setUp();
  resolver.watch(["none.test"]);
  await settle();
  t.equal(resolver.address("none.test"), undefined);
  t.equal(resolver.reason("none.test"), "getaddrinfo ENOTFOUND");
  lookups.answers.set("none.test", []);
  clock.fireNext();
  await settle();
  t.equal(resolver.reason("none.test"), "it has no address");
  lookups.set("none.test", 5, "10.0.0.1");
  clock.fireNext();
  await settle();
  t.same(changes, ["none.test 10.0.0.1"]);
});

t.test("where only the DNS knows a name, its records are taken", async (t) => {
  const { clock, lookups, changes, resolver } = setUp();
  lookups.ttls.set("h.test", [{ address: "10.0.0.1", ttl: 8 }]);
  resolver.watch(["h.test"]);
  await settle();
  t.same(changes, ["h.test 10.0.0.1"]);
  t.equal(clock.untilNext, 8_000);
});

t.test("a name whose addresses nobody answers at is looked up again before its time", async (t) => {
  const { clock, lookups, changes, resolver } = setUp();
  lookups.set("h.test", 60, "10.0.0.1", "::1");
  resolver.watch(["h.test"]);
  await settle();
  t.same(resolver.addresses("h.test"), ["10.0.0.1", "::1"]);
  clock.advance(400);
  resolver.lookAgain("h.test");
  resolver.lookAgain("h.test");
  t.same(changes, ["h.test 10.0.0.1"]);
  t.equal(clock.untilNext, 600, "not more often than the shortest TTL allows");
  lookups.set("h.test", 60, "10.0.0.7");
  clock.advance(600);
  await settle();
  t.equal(resolver.address("h.test"), "10.0.0.7");
  resolver.lookAgain("unknown.test");
  t.same(resolver.addresses("unknown.test"), []);
});

t.test("the address in use comes first, and stays while others come and go", async (t) => {
  const { clock, lookups, changes, resolver } = setUp();
  lookups.set("h.test", 5, "10.0.0.2");
  resolver.watch(["h.test"]);
  await settle();
  lookups.set("h.test", 5, "10.0.0.1", "10.0.0.2");
  clock.advance(5_000);
  await settle();
  t.same(resolver.addresses("h.test"), ["10.0.0.2", "10.0.0.1"]);
  t.same(changes, ["h.test 10.0.0.2"]);
});

t.test("an answer for a name that is no longer followed is dropped", async (t) => {
  const { clock, lookups, changes, resolver } = setUp();
  const gate = Promise.withResolvers<void>();
  lookups.gate = gate.promise;
  lookups.set("h.test", 5, "10.0.0.1");
  resolver.watch(["h.test"]);
  resolver.watch([]);
  gate.resolve();
  await settle();
  t.same(changes, []);
  t.equal(clock.pending, 0);
});

t.test("whatever is answered: one timer per name, and an address from the last good answer", async () => {
  const answers = fc.option(fc.uniqueArray(fc.nat({ max: 3 }), { maxLength: 3 }), { nil: undefined });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(answers, fc.nat({ max: 400 }), fc.boolean())), async (rounds) => {
      const { clock, lookups, resolver } = setUp();
      let good: string[] = [];
      resolver.watch(["h.test"]);
      await settle();
      for (const [answer, ttl, unreachable] of rounds) {
        lookups.ttls.delete("h.test");
        if (answer) lookups.set("h.test", ttl, ...answer.map((last) => `10.0.0.${last}`));
        else lookups.answers.set("h.test", refused("ENOTFOUND"));
        if (answer && answer.length > 0) good = answer.map((last) => `10.0.0.${last}`);
        if (unreachable) resolver.lookAgain("h.test");
        clock.fireNext();
        await settle();
        const address = resolver.address("h.test");
        if (clock.pending !== 1) throw new Error(`${clock.pending} timers`);
        if ((clock.untilNext ?? 0) < 800 || (clock.untilNext ?? 0) > longestTtl)
          throw new Error("TTL bounds");
        if (good.length > 0 && (address === undefined || !good.includes(address)))
          throw new Error(`${address} is not among ${good}`);
      }
      resolver.close();
      return clock.pending === 0;
    }),
  );
});

t.test("the lookups of the system know localhost, IPv4 first, and never reject for records", async (t) => {
  const found = await systemLookups.system("localhost");
  t.ok(found.includes("127.0.0.1") || found.includes("::1"));
  if (found.includes("127.0.0.1")) t.equal(found[0], "127.0.0.1");
  t.same(await systemLookups.records("localhost"), []);
});
