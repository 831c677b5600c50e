import { type ConformanceCase, type ServerReaction, sense } from "../conformance-case.ts";
import { statusOf, targetOf, valuesOf } from "../http-message.ts";
import { finals, type Seen } from "../seen.ts";
import {
  answer,
  closed,
  endSending,
  exchange,
  leave,
  okAnswer,
  replies,
  repliesOk,
  request,
  send,
  until,
} from "../steps.ts";
import { orDisaster, orRefused } from "../verdicts.ts";

const group = "Connections";

/** Whether the answers belong to these targets, in this order. */
function orderVerdict(...targets: readonly string[]): (seen: Seen) => string {
  return orRefused((seen) => {
    const answered = finals(seen).flatMap((answer) => valuesOf(answer, "x-target"));
    if (answered.join() === targets.join()) return "answers in order";
    return answered.length < targets.length ? "loses" : "MIXES UP";
  });
}

const serverSawHead = until(({ requests }) => requests.length > 0);
const upstreamClosed = until(({ connections }) => connections.every(({ ended }) => ended));

const freed = orDisaster(({ connections }) => {
  if (connections.length === 0) return "never asks";
  return connections.every(({ ended }) => ended) ? "frees the server" : "KEEPS IT BUSY";
});

const webSocket = request("GET /chat", [
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  // The key of RFC 6455 1.3, with what the server has to answer to it.
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
]);
/** The server speaks first, in the same write as its 101. */
const switches: readonly ServerReaction[] = [
  {
    on: "message",
    send: `${answer("101 Switching Protocols", ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="])}hi`,
    tunnel: true,
  },
];
const tunnelHas = (text: string) => until((seen) => seen.closed || seen.tunnel.includes(text));

const tunnelled = (text: string) => until(({ connections: [first] }) => first?.tunnel === text);

function switched(judge: (seen: Seen) => string): (seen: Seen) => string {
  return orDisaster((seen) =>
    seen.answers.some((answer) => statusOf(answer) === 101) ? judge(seen) : "refuses",
  );
}

/** Closes at the second request of a connection, as a server does whose idle time is over. */
const tired: readonly (readonly ServerReaction[])[] = [
  [{ on: "message", send: okAnswer }],
  [{ on: "message", close: true }],
];

export const connectionCases: readonly ConformanceCase[] = [
  {
    group,
    row: "three requests in one write",
    rule: "RFC 9112 9.3.2",
    client: exchange(
      request("GET /1") + request("POST /2", ["Content-Length: 5"], "hello") + request("GET /3"),
      3,
    ),
    server: repliesOk,
    judge: orderVerdict("/1", "/2", "/3"),
    good: ["answers in order"],
  },
  {
    group,
    row: "Connection: close",
    rule: "RFC 9112 9.6",
    client: [...exchange(request("GET /x", ["Connection: close"])), closed],
    server: repliesOk,
    judge: orRefused((seen) => (seen.closed ? "closes" : "stays open")),
    good: ["closes"],
  },
  {
    group,
    row: "a chunked answer for a client of HTTP/1.0",
    rule: "RFC 9112 6.1",
    client: [...exchange("GET /x HTTP/1.0\r\nHost: app.test\r\n\r\n"), closed],
    server: replies(answer("200 OK", ["Transfer-Encoding: chunked"], "5\r\nhello\r\n0\r\n\r\n")),
    judge: orDisaster(({ answers: [first], closed }) => {
      if (statusOf(first) >= 400) return "refuses";
      if (first?.framing === "chunked") return "passes on";
      return first?.body === "hello" && closed ? "repairs" : "loses";
    }),
    good: ["repairs"],
  },
  {
    group,
    row: "the client leaves before the answer",
    rule: sense,
    client: [send(request("GET /x")), serverSawHead, ...leave, upstreamClosed],
    server: [[]],
    judge: freed,
    good: ["frees the server"],
  },
  {
    group,
    row: "the client leaves in the middle of the answer",
    rule: sense,
    client: [send(request("GET /x")), until((seen) => seen.answers.length > 0), ...leave, upstreamClosed],
    server: replies(answer("200 OK", ["Content-Length: 1000"], "hello".repeat(100))),
    judge: freed,
    good: ["frees the server"],
  },
  {
    group,
    row: "the client leaves in the middle of its body",
    rule: sense,
    client: [
      send(request("POST /x", ["Content-Length: 1000"], "hello")),
      until(({ requests: [first] }) => first?.body === "hello"),
      ...leave,
      upstreamClosed,
    ],
    server: [[]],
    judge: freed,
    good: ["frees the server", "never asks"],
  },
  {
    group,
    row: "the server closes a kept connection at the second GET",
    rule: sense,
    client: [...exchange(request("GET /1")), ...exchange(request("GET /2"), 2)],
    server: tired,
    judge: orDisaster((seen) => {
      const [, second] = finals(seen);
      if (second === undefined) return seen.closed ? "cuts off" : "HANGS";
      return statusOf(second) === 200 ? "retries" : "gives up";
    }),
    good: ["retries"],
  },
  {
    group,
    row: "the same with a POST",
    rule: "RFC 9110 9.2.2",
    client: [
      ...exchange(request("GET /1")),
      ...exchange(request("POST /2", ["Content-Length: 5"], "hello"), 2),
    ],
    server: tired,
    judge: orDisaster((seen) => {
      const times = seen.requests.filter((request) => targetOf(request) === "/2").length;
      return times > 1 ? "SENDS IT TWICE" : "gives up";
    }),
    good: ["gives up"],
  },
  {
    group,
    row: "WebSocket: both ways, and the server speaks first",
    rule: "RFC 6455 4",
    client: [send(webSocket), tunnelHas("hi"), send("there"), tunnelHas("hithere")],
    server: [switches],
    judge: switched((seen) => (seen.tunnel === "hithere" ? "passes on" : "loses")),
    good: ["passes on"],
  },
  {
    group,
    row: "WebSocket: the client ends its side first",
    rule: sense,
    client: [send(webSocket), tunnelHas("hi"), endSending, tunnelHas("bye")],
    server: [switches],
    judge: switched((seen) => (seen.tunnel.includes("bye") ? "passes on" : "cuts off")),
    good: ["passes on", "cuts off"],
  },
  {
    group,
    row: "WebSocket: the server ends its side first",
    rule: sense,
    client: [send(webSocket), until(({ closed }) => closed), send("late"), tunnelled("late")],
    server: [[{ ...switches[0]!, close: true }]],
    judge: switched((seen) => (seen.connections[0]?.tunnel === "late" ? "passes on" : "cuts off")),
    good: ["passes on", "cuts off"],
  },
  {
    group,
    row: "WebSocket: the server says no",
    rule: "RFC 9110 7.8",
    client: [...exchange(webSocket), ...exchange(request("GET /2"), 2)],
    server: repliesOk,
    judge: orRefused((seen) => {
      const targets = finals(seen).flatMap((answer) => valuesOf(answer, "x-target"));
      if (targets[0] !== "/chat") return "loses";
      return targets[1] === "/2" || seen.closed ? "passes on" : "HANGS";
    }),
    good: ["passes on"],
  },
];
