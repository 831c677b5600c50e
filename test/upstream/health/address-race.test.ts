import t from "tap";
import type { Address } from "../../../src/core/address.ts";
import { raceAddresses, raceDelay } from "../../../src/upstream/health/address-race.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const addresses = ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map((host) => ({ host, port: 1 }));
const ok = { ok: true } as const;
const refused = { ok: false, connected: false, reason: "connect ECONNREFUSED" } as const;
const lost = { ok: false, connected: false, reason: "connect EHOSTUNREACH" } as const;
const silent = { ok: false, connected: true, reason: "no answer within 350 ms" } as const;

type Outcome = typeof ok | typeof refused | typeof lost | typeof silent;

function setUp(hurry = true) {
  const clock = new FakeClock();
  const asked: Address[] = [];
  const cancelled: Address[] = [];
  const answers: ((outcome: Outcome) => void)[] = [];
  const abort = new AbortController();
  const result = raceAddresses(
    addresses,
    (address, signal) => {
      const { promise, resolve } = Promise.withResolvers<Outcome>();
      asked.push(address);
      answers.push(resolve);
      signal.addEventListener("abort", () => {
        cancelled.push(address);
        resolve(refused);
      });
      return promise;
    },
    { clock, hurry, signal: abort.signal },
  );
  return { clock, asked, cancelled, answers, abort, result };
}

const settle = async () => {
  for (let i = 0; i < 20; i++) await null;
};

t.test("the next address is tried once the one before is refused, without waiting", async (t) => {
  const { asked, answers, result, clock } = setUp();
  answers[0]!(refused);
  await settle();
  t.same(asked, addresses.slice(0, 2));
  answers[1]!(ok);
  t.same(await result, { outcome: ok, address: addresses[1] });
  t.equal(clock.pending, 0);
});

t.test(
  "in a hurry, one that says nothing is not waited for, and is cancelled by the one that answers",
  async (t) => {
    const { clock, asked, cancelled, answers, result } = setUp();
    clock.advance(raceDelay - 1);
    await settle();
    t.equal(asked.length, 1);
    clock.advance(1);
    await settle();
    t.equal(asked.length, 2);
    answers[1]!(ok);
    t.same(await result, { outcome: ok, address: addresses[1] });
    t.ok(cancelled.includes(addresses[0]!));
    t.equal(clock.pending, 0);
  },
);

t.test("without hurry it is waited for", async (t) => {
  const { clock, asked, answers, result } = setUp(false);
  clock.advance(10 * raceDelay);
  await settle();
  t.equal(asked.length, 1);
  answers[0]!(ok);
  t.same(await result, { outcome: ok, address: addresses[0] });
});

t.test("a server that takes the connection is the server, whatever it answers", async (t) => {
  const { asked, answers, result } = setUp();
  answers[0]!(silent);
  t.same(await result, { outcome: silent, address: addresses[0] });
  t.equal(asked.length, 1);
});

t.test("where none takes a connection, the first address is the one that is told of", async (t) => {
  const { answers, result } = setUp();
  answers[0]!(lost);
  await settle();
  answers[1]!(refused);
  await settle();
  answers[2]!(refused);
  t.same(await result, { outcome: lost, address: addresses[0] });
});

t.test("what is cancelled from outside ends", async (t) => {
  const { abort, answers, asked, result } = setUp(false);
  abort.abort();
  t.match(await result, { outcome: refused });
  t.equal(asked.length, answers.length);
});
