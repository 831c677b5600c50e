import t from "tap";
import { readEndpointSlice } from "../../../../src/upstream/discovery/kubernetes/endpoint-slice.ts";
import { type PortChoice, serversOf } from "../../../../src/upstream/discovery/kubernetes/slice-servers.ts";
import { httpPort, metricsPort, pod, type SliceForm, slice } from "../../../support/endpoint-slices.ts";

function servers(slices: readonly SliceForm[], port: PortChoice = null) {
  return serversOf(
    slices.map((form) => readEndpointSlice(slice(form))),
    port,
  );
}

/** Ids in short, with `-` before those that drain. */
function ids(...slices: SliceForm[]): string[] {
  return servers(slices).map(({ id, drain }) => (drain ? `-${id}` : id));
}

t.test("a pod goes by its name, on the ring, too; an address by itself", async (t) => {
  t.same(servers([{ endpoints: [pod("api-1", "10.0.0.2"), { addresses: ["10.0.0.1"] }] }]), [
    { id: "10.0.0.1:8080", address: { host: "10.0.0.1", port: 8080 }, weight: 1 },
    { id: "api-1", name: "api-1", address: { host: "10.0.0.2", port: 8080 }, weight: 1 },
  ]);
});

t.test(
  "ready endpoints are servers, those that serve while they terminate drain, others are none",
  async (t) => {
    t.same(
      ids({
        endpoints: [
          pod("ready", "10.0.0.1", { ready: true, serving: true, terminating: false }),
          pod("unknown", "10.0.0.2", {}),
          pod("unready", "10.0.0.3", { ready: false, serving: false, terminating: false }),
          pod("leaving", "10.0.0.4", { ready: false, serving: true, terminating: true }),
          pod("gone", "10.0.0.5", { ready: false, serving: false, terminating: true }),
          pod("published", "10.0.0.6", { ready: true, serving: true, terminating: true }),
        ],
      }),
      ["-leaving", "-published", "ready", "unknown"],
    );
  },
);

t.test("where all are leaving, those that still serve are used", async (t) => {
  const leaving = { ready: false, serving: true, terminating: true };
  t.same(ids({ endpoints: [pod("a", "10.0.0.1", leaving), pod("b", "10.0.0.2", leaving)] }), ["a", "b"]);
});

t.test("a Service may have many slices, and an endpoint may stand in two for a while", async (t) => {
  const leaving = { ready: false, serving: true, terminating: true };
  t.same(
    ids(
      { name: "x1", endpoints: [pod("a", "10.0.0.1", leaving), pod("c", "10.0.0.3")] },
      { name: "x2", endpoints: [pod("a", "10.0.0.1"), pod("b", "10.0.0.2")] },
    ),
    ["a", "b", "c"],
  );
});

t.test("of a dual-stack Service only IPv4 counts", async (t) => {
  const found = servers([
    { name: "x1", addressType: "IPv6", endpoints: [pod("a", "fd00::1"), pod("b", "fd00::2")] },
    { name: "x2", endpoints: [pod("a", "10.0.0.1")] },
  ]);
  t.match(found, [{ id: "a", address: { host: "10.0.0.1" } }]);
  t.equal(found.length, 1);
  t.match(servers([{ addressType: "IPv6", endpoints: [{ addresses: ["fd00::1"] }] }]), [
    { id: "[fd00::1]:8080" },
  ]);
});

t.test("the port is the only one, or chosen by name or number", async (t) => {
  const two = { ports: [httpPort, metricsPort], endpoints: [pod("a", "10.0.0.1")] };
  t.match(servers([two], "metrics"), [{ address: { port: 9100 } }]);
  t.match(servers([two], 8080), [{ address: { port: 8080 } }]);
  t.throws(() => servers([two]), {
    message: "there are several ports, say which: http (8080), metrics (9100)",
  });
  t.throws(() => servers([two], "grpc"), {
    message: 'no port is called "grpc"; there are http (8080), metrics (9100)',
  });
  t.throws(() => servers([two], 80), { message: "no port 80; there are http (8080), metrics (9100)" });
});

t.test("a named port may have another number in other pods", async (t) => {
  const found = servers(
    [
      { name: "x1", endpoints: [pod("a", "10.0.0.1")] },
      { name: "x2", ports: [{ name: "http", port: 8081 }], endpoints: [pod("b", "10.0.0.2")] },
      { name: "x3", ports: [metricsPort], endpoints: [pod("c", "10.0.0.3")] },
    ],
    "http",
  );
  t.match(found, [{ address: { port: 8080 } }, { address: { port: 8081 } }]);
  t.equal(found.length, 2, "who has no such port is no server");
});

t.test("a headless Service without ports needs a number", async (t) => {
  const bare = { ports: null, endpoints: [pod("a", "10.0.0.1")] };
  t.match(servers([bare], 11211), [{ address: { port: 11211 } }]);
  t.throws(() => servers([bare]), { message: "the Service names no port; give its number" });
});

t.test("other protocols than TCP are no ports", async (t) => {
  const dns = {
    ports: [{ name: "dns", port: 53, protocol: "UDP" }, httpPort],
    endpoints: [pod("a", "10.0.0.1")],
  };
  t.match(servers([dns]), [{ address: { port: 8080 } }]);
});

t.test("no endpoints are no servers, whatever the ports", async (t) => {
  t.same(servers([]), []);
  t.same(servers([{ ports: null, endpoints: null }]), []);
  t.same(servers([{ endpoints: [pod("a", "10.0.0.1", { ready: false })] }], "grpc"), []);
});

t.test("what is no EndpointSlice is refused in words", async (t) => {
  for (const value of [null, 1, "x", [], {}, { metadata: {} }])
    t.throws(() => readEndpointSlice(value), { message: /without a name/ });
  t.same(
    readEndpointSlice({ metadata: { name: "x" }, endpoints: [1, null, { addresses: [2] }], ports: [0] }),
    {
      name: "x",
      addressType: "undefined",
      ports: [{ name: "", port: null }],
      endpoints: [],
    },
  );
});
