import t, { type Test } from "tap";
import { type PolledAnswer, PolledDiscovery } from "../../../src/upstream/discovery/polled-discovery.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FoundServers } from "../../support/found-servers.ts";
import { serverOptions } from "../../support/pools.ts";
import { turns } from "../../support/until.ts";

/** A source that is asked by hand: `answer` and `refuse` settle what was asked last. */
function setUp(t: Test) {
  const clock = new FakeClock();
  const found = new FoundServers(clock);
  const asked: PromiseWithResolvers<PolledAnswer>[] = [];
  const discovery = new PolledDiscovery({
    findings: found.findings,
    clock,
    random: () => 0,
    ask: () => {
      const question = Promise.withResolvers<PolledAnswer>();
      asked.push(question);
      return question.promise;
    },
  });
  t.teardown(async () => {
    await discovery.close();
    if (clock.pending > 0) throw new Error("a timer is left");
  });
  discovery.start(found.onServers);
  const answer = async (ids: readonly string[], holdsFor = 5_000): Promise<void> => {
    asked.at(-1)!.resolve({ servers: ids.map((id) => serverOptions(id)), holdsFor });
    await turns();
  };
  const refuse = async (reason: string): Promise<void> => {
    asked.at(-1)!.reject(new Error(reason));
    await turns();
  };
  return { clock, found, asked, discovery, answer, refuse };
}

t.test("it asks again when the answer is over, and tells only what is new", async (t) => {
  const { clock, found, asked, discovery, answer } = setUp(t);
  t.match(discovery.state(), { servers: null, lastSuccess: null });
  await answer(["a", "b"]);
  const first = clock.wall();
  clock.advance(4_999);
  t.equal(asked.length, 1);
  clock.advance(1);
  t.equal(asked.length, 2);
  await answer(["a", "b"]);
  t.same(found.told, [["a", "b"]]);
  t.match(discovery.state(), { servers: 2, lastSuccess: first + 5_000, error: null });
  clock.advance(5_000);
  await answer(["b"]);
  t.same(found.told.slice(1), [["b"]]);
});

t.test("the first answer is told even if it is empty", async (t) => {
  const { found, answer } = setUp(t);
  await answer([]);
  t.same(found.told, [[]]);
});

t.test("what was known stays through failures, which are tried again with growing pauses", async (t) => {
  const { clock, found, asked, discovery, answer, refuse } = setUp(t);
  await answer(["a"]);
  clock.advance(5_000);
  for (const [failure, pause] of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000].entries()) {
    await refuse("not found");
    t.equal(asked.length, failure + 2);
    t.equal(clock.untilNext, pause);
    clock.advance(pause);
  }
  t.same(found.told, [["a"]]);
  t.match(discovery.state(), { error: "not found", failures: 7, servers: 1 });
  t.same(found.logs, [
    "info servers found",
    "warn discovery failed; the servers found last stay in force: not found",
  ]);
  await answer(["a"]);
  t.match(discovery.state(), { error: null, failures: 7 });
  t.equal(found.logs.at(-1), "info discovery works again");
  clock.advance(5_000);
  await refuse("not found");
  t.equal(clock.untilNext, 1_000, "pauses begin anew");
});

t.test("another reason is said, too", async (t) => {
  const { clock, found, refuse } = setUp(t);
  await refuse("not found");
  clock.advance(1_000);
  await refuse("timeout");
  t.equal(found.logs.length, 2);
});

t.test("an answer that comes after the end is dropped", async (t) => {
  const { clock, found, discovery, answer } = setUp(t);
  await discovery.close();
  await answer(["a"]);
  t.same(found.told, []);
  t.equal(clock.pending, 0);
});
