/** What servers are told of the client and of the way, and what of it they are told by the client itself. */
import t, { type Test } from "tap";
import type { ForwardedOptions } from "../../src/proxy/http/http-listener-options.ts";
import { get, head, ok } from "../support/http-messages.ts";
import { setUpHttp } from "../support/http-plane.ts";
import { runHttpCases } from "../support/http-wire.ts";
import { WireClient } from "../support/wire-client.ts";

const sent = [
  "X-Forwarded-For: 1.1.1.1",
  "X-A: 1",
  "x-forwarded-for: 2.2.2.2, 3.3.3.3",
  "X-Forwarded-Proto: https",
  "X-Forwarded-Host: evil",
  "Forwarded: for=1.1.1.1",
  "Via: 1.0 other",
  "X-Request-Id: abc",
  "X-B: 2",
];

/** The lines of which nothing remains but what `lines` adds at the end. */
function without(name: string, ...lines: string[]): string {
  return get("/", ...sent.filter((line) => !line.toLowerCase().startsWith(`${name}:`)), ...lines);
}

const one = (
  name: string,
  forwarded: Partial<ForwardedOptions>,
  sees: string,
  client = get("/", ...sent),
) => ({
  name,
  client,
  sees,
  answers: ok(),
  gets: forwarded.via === undefined ? ok() : ok("", "Via: 1.1 me"),
  options: { forwarded },
});

t.test("each header in each mode", (t) =>
  runHttpCases(t, [
    one("all pass", {}, get("/", ...sent)),
    one(
      "x_forwarded_for: append",
      { x_forwarded_for: "append" },
      without("x-forwarded-for", "X-Forwarded-For: 1.1.1.1, 2.2.2.2, 3.3.3.3, 127.0.0.1"),
    ),
    one(
      "x_forwarded_for: append, where none came",
      { x_forwarded_for: "append" },
      get("/", "X-Forwarded-For: 127.0.0.1"),
      get(),
    ),
    one(
      "x_forwarded_for: set",
      { x_forwarded_for: "set" },
      without("x-forwarded-for", "X-Forwarded-For: 127.0.0.1"),
    ),
    one("x_forwarded_for: strip", { x_forwarded_for: "strip" }, without("x-forwarded-for")),
    one(
      "x_forwarded_proto: set",
      { x_forwarded_proto: "set" },
      without("x-forwarded-proto", "X-Forwarded-Proto: http"),
    ),
    one("x_forwarded_proto: strip", { x_forwarded_proto: "strip" }, without("x-forwarded-proto")),
    one(
      "x_forwarded_host: set",
      { x_forwarded_host: "set" },
      without("x-forwarded-host", "X-Forwarded-Host: h"),
    ),
    one("x_forwarded_host: strip", { x_forwarded_host: "strip" }, without("x-forwarded-host")),
    one(
      "forwarded: append",
      { forwarded: "append" },
      without("forwarded", "Forwarded: for=1.1.1.1, for=127.0.0.1;proto=http"),
    ),
    one(
      "forwarded: append, where none came",
      { forwarded: "append" },
      get("/", "Forwarded: for=127.0.0.1;proto=http"),
      get(),
    ),
    one("forwarded: set", { forwarded: "set" }, without("forwarded", "Forwarded: for=127.0.0.1;proto=http")),
    one("forwarded: strip", { forwarded: "strip" }, without("forwarded")),
    one("via", { via: "me" }, without("via", "Via: 1.0 other, 1.1 me")),
    one("via, where none came", { via: "me" }, get("/", "Via: 1.1 me"), get()),
    one("x_request_id: continue", { x_request_id: "continue" }, get("/", ...sent)),
    one("x_request_id: strip", { x_request_id: "strip" }, without("x-request-id")),
    one(
      "traceparent: strip takes tracestate along",
      { traceparent: "strip" },
      get("/", "X: y"),
      get("/", "traceparent: x", "X: y", "TraceState: a=b"),
    ),
    one(
      "traceparent: pass",
      {},
      get("/", "traceparent: x", "tracestate: a=b"),
      get("/", "traceparent: x", "tracestate: a=b"),
    ),
    one(
      "an absolute target is the host that was asked for",
      { x_forwarded_host: "set" },
      head("GET / HTTP/1.1", "Host: other:8080", "X-Forwarded-Host: other:8080"),
      head("GET http://other:8080/ HTTP/1.1", "Host: h"),
    ),
  ]),
);

t.test("all at once, and Connection takes none of it off", (t) =>
  runHttpCases(
    t,
    [
      {
        name: "where some came",
        client: get("/", "Connection: X-Forwarded-For, Via", "X-Forwarded-For: 1.1.1.1"),
        sees: get(
          "/",
          "X-Forwarded-For: 1.1.1.1, 127.0.0.1",
          "X-Forwarded-Proto: http",
          "Forwarded: for=127.0.0.1;proto=http",
          "Via: 1.1 me",
          "X-Forwarded-Host: h",
        ),
        answers: ok("x", "Via: 1.1 other"),
        gets: ok("x", "Via: 1.1 other", "Via: 1.1 me"),
      },
      {
        name: "from a client and a server of HTTP/1.0",
        client: head("GET / HTTP/1.0", "Host: h"),
        sees: get(
          "/",
          "X-Forwarded-For: 127.0.0.1",
          "X-Forwarded-Proto: http",
          "Forwarded: for=127.0.0.1;proto=http",
          "Via: 1.0 me",
          "X-Forwarded-Host: h",
        ),
        answers: head("HTTP/1.0 200 OK", "Content-Length: 0", "Connection: keep-alive"),
        gets: head("HTTP/1.1 200 OK", "Content-Length: 0", "Connection: close", "Via: 1.0 me"),
        closes: true,
      },
    ],
    {
      forwarded: {
        x_forwarded_for: "append",
        x_forwarded_proto: "set",
        x_forwarded_host: "set",
        forwarded: "append",
        via: "me",
      },
    },
  ),
);

/** What the server sees of one request, its lines by name in lower case. */
async function linesSeen(
  t: Test,
  forwarded: Partial<ForwardedOptions>,
  ...lines: string[]
): Promise<Record<string, string[]>> {
  const { peer, connect } = await setUpHttp(t, { forwarded });
  peer.answer(() => ok());
  const client = await connect();
  await client.exchange(get("/", ...lines), ok());
  const seen: Record<string, string[]> = {};
  for (const line of peer.requests[0]!.split("\r\n").slice(1, -2)) {
    const [name, value] = line.split(/: */, 2) as [string, string];
    seen[name.toLowerCase()] = [...(seen[name.toLowerCase()] ?? []), value];
  }
  return seen;
}

t.test("x_request_id", async (t) => {
  const form = /^[0-9a-f]{32}$/;
  const made = await linesSeen(t, { x_request_id: "continue" });
  t.match(made["x-request-id"]![0], form);
  const set = await linesSeen(t, { x_request_id: "set" }, "X-Request-Id: abc");
  t.equal(set["x-request-id"]!.length, 1);
  t.match(set["x-request-id"]![0], form);
  t.not(made["x-request-id"]![0], set["x-request-id"]![0]);
});

const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const parent = "00f067aa0ba902b7";
t.test("traceparent: continue", async (t) => {
  for (const [name, came, flags] of [
    ["sampled", `00-${trace}-${parent}-01`, "01"],
    ["not sampled", `00-${trace}-${parent}-00`, "00"],
    ["random, of level 2", `00-${trace}-${parent}-03`, "03"],
    ["flags that nobody knows", `00-${trace}-${parent}-fd`, "01"],
    ["a later version with more to say", `01-${trace}-${parent}-01-more`, "01"],
  ] as const) {
    await t.test(`goes on with a trace: ${name}`, async (t) => {
      const seen = await linesSeen(
        t,
        { traceparent: "continue" },
        `Traceparent: ${came}`,
        "tracestate: a=b",
        "tracestate: c=d",
      );
      t.equal(seen["traceparent"]!.length, 1);
      const [version, id, span, own] = seen["traceparent"]![0]!.split("-");
      t.same([version, id, own], ["00", trace, flags]);
      t.match(span, /^(?!0{16})[0-9a-f]{16}$/);
      t.not(span, parent, "the span is podmate's own");
      t.same(seen["tracestate"], ["a=b", "c=d"]);
    });
  }
  for (const [name, ...came] of [
    ["none came"],
    ["two came", `00-${trace}-${parent}-01`, `00-${trace}-${parent}-01`],
    ["capitals", `00-${trace.toUpperCase()}-${parent}-01`],
    ["a trace of zeros", `00-${"0".repeat(32)}-${parent}-01`],
    ["a parent of zeros", `00-${trace}-${"0".repeat(16)}-01`],
    ["version ff", `ff-${trace}-${parent}-01`],
    ["version 00 with more to say", `00-${trace}-${parent}-01-more`],
    ["too short", `00-${trace}-${parent}`],
    ["no hexadecimal digits", `00-${trace.replace("4", "g")}-${parent}-01`],
    ["empty", ""],
  ] as const) {
    await t.test(`begins a trace where ${name}, and what was said of another goes`, async (t) => {
      const lines = came.map((value) => `traceparent: ${value}`);
      const seen = await linesSeen(t, { traceparent: "continue" }, ...lines, "tracestate: a=b");
      t.equal(seen["traceparent"]!.length, 1);
      t.match(seen["traceparent"]![0], /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-00$/);
      t.not(seen["traceparent"]![0]!.slice(3, 35), trace);
      t.equal(seen["tracestate"], undefined);
    });
  }
});

t.test("a client of IPv6", async (t) => {
  const { peer, plane } = await setUpHttp(t, {
    listener: { listen: { host: "::1", port: 0 } },
    forwarded: { x_forwarded_for: "append", forwarded: "append" },
  });
  peer.answer(() => ok());
  const client = await WireClient.connect(plane.address);
  t.teardown(() => client.close());
  await client.exchange(get(), ok());
  const expected = get("/", "X-Forwarded-For: ::1", 'Forwarded: for="[::1]";proto=http');
  t.equal(peer.requests[0], expected);
  await client.exchange(get("/", "Forwarded: for=x"), ok());
  t.equal(peer.requests[1], get("/", "X-Forwarded-For: ::1", 'Forwarded: for=x, for="[::1]";proto=http'));
});
