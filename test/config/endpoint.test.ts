import fc from "fast-check";
import t from "tap";
import { parseListen, parseServer } from "../../src/config/endpoint.ts";
import { formatAddress } from "../../src/core/address.ts";

t.test("every form of an address", async (t) => {
  t.same(parseListen("127.0.0.1:11211"), { value: { host: "127.0.0.1", port: 11211 } });
  t.same(parseListen("[::1]:0"), { value: { host: "::1", port: 0 } });
  t.same(parseListen(":8080"), { value: { host: "0.0.0.0", port: 8080 } });
  t.same(parseListen("unix:/run/podmate/cache.sock"), { value: { path: "/run/podmate/cache.sock" } });
  t.same(parseServer("cache-0.cache.default.svc:11212"), {
    value: { host: "cache-0.cache.default.svc", port: 11212 },
  });
  t.same(
    parseServer("cache.example."),
    { value: { host: "cache.example.", port: 11211 } },
    "an absolute name",
  );
  t.same(parseServer("[fd00::1]"), { value: { host: "fd00::1", port: 11211 } });
  t.same(parseServer("under_score"), { value: { host: "under_score", port: 11211 } });
});

t.test("what is no address says why", async (t) => {
  const cases: [ReturnType<typeof parseServer>, RegExp][] = [
    [parseListen("127.0.0.1"), /port is missing/],
    [parseServer("::1"), /needs brackets, as in \[::1\]/],
    [parseServer("/run/a.sock"), /written unix:\/run\/a.sock/],
    [parseServer("unix:run/a.sock"), /must begin with \//],
    [parseServer(`unix:/${"x".repeat(107)}`), /108 bytes; a unix socket's may have 107/],
    [parseServer("10.0.0.300:1"), /"10.0.0.300" is not a host name/],
    [parseServer("a b:1"), /is not a host name/],
    [parseServer(":11211"), /the host is missing/],
    [parseServer("a:0"), /port 0 is not within 1..65535/],
    [parseServer("a:65536"), /port 65536 is not within/],
    [parseServer("[localhost]:1"), /is not a host name or an IP address/],
    [parseServer(""), /the host is missing/],
    [parseServer("-a:1"), /is not a host name/],
  ];
  for (const [reading, reason] of cases) t.match("reason" in reading && reading.reason, reason);
});

t.test("an address that was read is read again from its own form", async () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()),
      fc.integer({ min: 1, max: 65535 }),
      (host, port) => {
        const first = parseServer(formatAddress({ host, port }));
        if (!("value" in first)) return false;
        const second = parseServer(formatAddress(first.value));
        return "value" in second && JSON.stringify(second.value) === JSON.stringify({ host, port });
      },
    ),
  );
});
