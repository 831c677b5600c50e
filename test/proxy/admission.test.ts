import t from "tap";
import { bufferedBytes, giveBuffer, takeBuffer } from "../../src/core/buffer-pool.ts";
import { Admission } from "../../src/proxy/admission.ts";
import { type Priority, priorities } from "../../src/proxy/priority.ts";

/** The most requests that can be in flight at once, if all have this priority. */
function mostRequests(admission: Admission, priority: Priority): number {
  const number = priorities.indexOf(priority);
  for (admission.requests = 0; admission.requests < 10_000; admission.requests++)
    if (admission.refusalFor(number, 1) !== null) break;
  const most = admission.requests;
  admission.requests = 0;
  return most;
}

function admissionWith(limits: { requests?: number; bytes?: number }): Admission {
  const admission = new Admission();
  admission.setLimits({ connections: 1, requests: 1000, bytes: 1 << 30, ...limits });
  return admission;
}

const eachOf = (admission: Admission) => priorities.map((priority) => mostRequests(admission, priority));

t.test("the lower a priority, the earlier it is refused as requests fill their limit", async (t) => {
  t.same(eachOf(admissionWith({ requests: 1000 })), [750, 900, 1000]);
  t.same(eachOf(admissionWith({ requests: 10 })), [8, 9, 10]);
});

t.test("however low the limit is, each priority gets something", async (t) => {
  t.same(eachOf(admissionWith({ requests: 1 })), [1, 1, 1]);
  t.same(eachOf(admissionWith({ requests: 2 })), [2, 2, 2]);
});

t.test("a request that has begun is one of those in flight", async (t) => {
  const admission = admissionWith({ requests: 1 });
  admission.requests = 1;
  t.equal(admission.refusalFor(2), null);
  t.equal(admission.refusalFor(2, 1), "overloaded");
});

t.test("bytes that are held fill a limit of their own", async (t) => {
  const before = bufferedBytes();
  const admission = admissionWith({ bytes: 1 << 20 });
  const full = () => priorities.filter((_, number) => admission.refusalFor(number) !== null);
  const held: Buffer[] = [];
  const hold = (bytes: number) => {
    while (bufferedBytes() - before < bytes) held.push(takeBuffer(1 << 14));
  };
  t.teardown(() => held.forEach(giveBuffer));
  hold(0.7 * (1 << 20));
  t.same(full(), []);
  hold(0.8 * (1 << 20));
  t.same(full(), ["low"]);
  hold(0.95 * (1 << 20));
  t.same(full(), ["low", "normal"]);
  hold(1.01 * (1 << 20));
  t.same(full(), ["low", "normal", "high"]);
  for (const buffer of held.splice(0)) giveBuffer(buffer);
  t.same(full(), []);
});

t.test("pressure from elsewhere refuses as a limit that has filled so far", async (t) => {
  const admission = admissionWith({ requests: 100 });
  for (const [pressure, expected] of [
    [0, [75, 90, 100]],
    [0.74, [75, 90, 100]],
    [0.75, [0, 90, 100]],
    [0.9, [0, 0, 100]],
    [0.99, [0, 0, 100]],
    [1, [0, 0, 0]],
    [0, [75, 90, 100]],
  ] as const) {
    admission.setPressure(pressure);
    t.same(eachOf(admission), expected, `${pressure}`);
  }
  admission.setPressure(0.8);
  admission.setLimits({ connections: 1, requests: 10, bytes: 1 });
  t.same(eachOf(admission), [0, 9, 10], "it stays through a reload");
});

t.test("who is refused for nothing but a manager's wish is told so", async (t) => {
  const admission = admissionWith({ requests: 100 });
  const each = () => priorities.map((_, number) => admission.refusalFor(number, 1));
  admission.setPressure(0, 0.9);
  t.same(each(), ["yielded", "yielded", null]);
  t.same(eachOf(admission), [0, 0, 100]);
  admission.setPressure(0.75, 0.9);
  t.same(each(), ["overloaded", "yielded", null], "what would be refused anyway");
  admission.setPressure(0, 0.75);
  admission.requests = 95;
  t.same(each(), ["overloaded", "overloaded", null], "a limit that fills");
  admission.requests = 10;
  t.same(each(), ["yielded", null, null]);
  admission.setPressure(0);
  t.same(each(), [null, null, null]);
});

t.test("before there are limits, there are none", async (t) => {
  t.same(eachOf(new Admission()), [10_000, 10_000, 10_000]);
});
