import t, { type Test } from "tap";
import { readEndpointSlice } from "../../../../src/upstream/discovery/kubernetes/endpoint-slice.ts";
import { KubernetesDiscovery } from "../../../../src/upstream/discovery/kubernetes/kubernetes-discovery.ts";
import type { SliceApi } from "../../../../src/upstream/discovery/kubernetes/slice-api.ts";
import type { SliceList, WatchEvent } from "../../../../src/upstream/discovery/kubernetes/slice-book.ts";
import type { PortChoice } from "../../../../src/upstream/discovery/kubernetes/slice-servers.ts";
import { httpPort, metricsPort, pod, type SliceForm, slice } from "../../../support/endpoint-slices.ts";
import { FakeClock } from "../../../support/fake-clock.ts";
import { FoundServers } from "../../../support/found-servers.ts";
import { turns } from "../../../support/until.ts";

/** A list or a watch that the discovery has asked for, to be answered by hand. */
interface Asked<T> {
  readonly answer: (value: T) => Promise<void>;
  readonly fail: (reason: string) => Promise<void>;
}

interface Watch extends Asked<"ended" | "gone"> {
  readonly version: string;
  readonly open: () => void;
  readonly tell: (event: WatchEvent) => void;
}

class FakeApi implements SliceApi {
  readonly lists: Asked<SliceList>[] = [];
  readonly watches: Watch[] = [];

  list(signal: AbortSignal): Promise<SliceList> {
    const { promise, asked } = question<SliceList>(signal);
    this.lists.push(asked);
    return promise;
  }

  watch(
    version: string,
    onOpen: () => void,
    onEvent: (event: WatchEvent) => void,
    signal: AbortSignal,
  ): Promise<"ended" | "gone"> {
    const { promise, asked } = question<"ended" | "gone">(signal);
    const tell = (event: WatchEvent): void => {
      try {
        onEvent(event);
      } catch (error) {
        void asked.fail((error as Error).message);
      }
    };
    this.watches.push({ ...asked, version, open: onOpen, tell });
    return promise;
  }
}

function question<T>(signal: AbortSignal): { promise: Promise<T>; asked: Asked<T> } {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  signal.addEventListener("abort", () => reject(new Error("aborted")));
  const answer = async (value: T): Promise<void> => {
    resolve(value);
    await turns();
  };
  const fail = async (reason: string): Promise<void> => {
    reject(new Error(reason));
    await turns();
  };
  return { promise, asked: { answer, fail } };
}

function listOf(version: string, ...forms: SliceForm[]): SliceList {
  return { version, slices: forms.map((form) => readEndpointSlice(slice(form))) };
}

function setUp(t: Test, port: PortChoice = null) {
  const clock = new FakeClock();
  const found = new FoundServers(clock, "kubernetes");
  const api = new FakeApi();
  const discovery = new KubernetesDiscovery({ port, api, findings: found.findings, clock, random: () => 0 });
  t.teardown(async () => {
    await discovery.close();
    if (clock.pending > 0) throw new Error("a timer is left");
  });
  discovery.start(found.onServers);
  /** Answers the list and grants the watch that follows. */
  const settle = async (list: SliceList): Promise<Watch> => {
    await api.lists.at(-1)!.answer(list);
    const watch = api.watches.at(-1)!;
    watch.open();
    return watch;
  };
  return { clock, found, api, discovery, settle };
}

const one = { endpoints: [pod("a", "10.0.0.1")] };

t.test("it lists, watches from there, and tells each change", async (t) => {
  const { found, api, discovery, settle } = setUp(t);
  const watch = await settle(listOf("10", one));
  t.same(found.told, [["a"]]);
  t.equal(watch.version, "10");
  const more = { version: "11", endpoints: [pod("a", "10.0.0.1"), pod("b", "10.0.0.2")] };
  watch.tell({ type: "MODIFIED", object: slice(more) });
  t.same(found.told, [["a"], ["a", "b"]]);
  watch.tell({ type: "BOOKMARK", object: { metadata: { resourceVersion: "12" } } });
  watch.tell({ type: "DELETED", object: slice({ version: "13" }) });
  t.same(found.told.slice(2), [[]], "the API server is taken at its word");
  t.equal(api.lists.length, 1);
  t.match(discovery.state(), { servers: 0, error: null });
});

t.test("a watch that the server ends goes on from where it stood, without a list", async (t) => {
  const { clock, api, settle } = setUp(t);
  const watch = await settle(listOf("10", one));
  watch.tell({ type: "BOOKMARK", object: { metadata: { resourceVersion: "42" } } });
  clock.advance(300_000);
  await watch.answer("ended");
  t.equal(api.watches.length, 2);
  t.equal(api.watches[1]!.version, "42");
  t.equal(api.lists.length, 1);
});

t.test("a watch that is over at once is no good, and pauses grow", async (t) => {
  const { clock, api, discovery, settle } = setUp(t);
  for (const pause of [1_000, 2_000, 4_000]) {
    const watch = await settle(listOf("10", one));
    await watch.answer("ended");
    t.equal(discovery.state().error, "the watch ends at once");
    t.equal(clock.untilNext, pause);
    clock.advance(pause);
    await turns();
  }
  t.equal(api.lists.length, 4);
});

t.test("410, as answer or as event, is a new list after a pause, and no failure", async (t) => {
  const { clock, found, api, discovery, settle } = setUp(t);
  const first = await settle(listOf("10", one));
  clock.advance(60_000);
  await first.answer("gone");
  t.equal(clock.untilNext, 1_000);
  clock.advance(1_000);
  await turns();
  const second = await settle(listOf("20", one));
  clock.advance(60_000);
  second.tell({ type: "ERROR", object: { kind: "Status", code: 410, message: "too old resource version" } });
  await turns();
  t.equal(clock.untilNext, 1_000, "after a good watch the pause is the first again");
  clock.advance(1_000);
  await turns();
  t.equal(api.lists.length, 3);
  t.same(found.told, [["a"]]);
  t.match(discovery.state(), { error: null, failures: 0 });
});

t.test("an API server that is away leaves the servers in force", async (t) => {
  const { clock, found, api, discovery, settle } = setUp(t);
  const watch = await settle(listOf("10", one));
  clock.advance(60_000);
  await watch.fail("read ECONNRESET");
  t.match(discovery.state(), { error: "read ECONNRESET", servers: 1 });
  for (const pause of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
    t.equal(clock.untilNext, pause);
    clock.advance(pause);
    await turns();
    await api.lists.at(-1)!.fail("connect ECONNREFUSED");
  }
  t.match(discovery.state(), { error: "connect ECONNREFUSED", failures: 8 });
  clock.advance(30_000);
  await turns();
  await settle(listOf("90", { endpoints: [pod("b", "10.0.0.2")] }));
  t.same(found.told, [["a"], ["b"]]);
  t.equal(discovery.state().error, null);
});

t.test("leave to list but not to watch is said once", async (t) => {
  const { clock, found, api, discovery } = setUp(t);
  for (let i = 0; i < 3; i++) {
    await api.lists.at(-1)!.answer(listOf("10", one));
    await api.watches.at(-1)!.fail("the API server answers 403");
    clock.advance(30_000);
    await turns();
  }
  t.equal(discovery.state().error, "the API server answers 403");
  t.same(found.logs, [
    "info servers found",
    "warn discovery failed; the servers found last stay in force: the API server answers 403",
  ]);
});

t.test("an error event is a failure in the server's words", async (t) => {
  const { discovery, settle } = setUp(t);
  const watch = await settle(listOf("10", one));
  watch.tell({ type: "ERROR", object: { code: 500, message: "etcd is away" } });
  await turns();
  t.equal(discovery.state().error, "the watch failed: etcd is away");
});

t.test("a port that cannot be told is a failure until an event brings it", async (t) => {
  const { found, discovery, settle } = setUp(t, "metrics");
  const watch = await settle(listOf("10", one));
  t.same(found.told, []);
  t.equal(discovery.state().error, 'no port is called "metrics"; there are http (8080)');
  const object = slice({ version: "11", ports: [httpPort, metricsPort], ...one });
  watch.tell({ type: "MODIFIED", object });
  t.match(found.servers, [{ address: { port: 9100 } }]);
  t.equal(discovery.state().error, null);
});

t.test("closed in a list, a watch or a pause, it ends", async (t) => {
  for (const stage of ["list", "watch", "pause"]) {
    const { clock, api, found, discovery, settle } = setUp(t);
    if (stage === "watch") await settle(listOf("10", one));
    if (stage === "pause") await api.lists[0]!.fail("away");
    await discovery.close();
    t.equal(clock.pending, 0, stage);
    t.ok(api.lists.length === 1, "nothing more is asked");
    t.notOk(found.logs.some((line) => line.includes("aborted")));
  }
});
