/** Answers before the answer: 100 end to end, 103, and what clients and servers make of Expect. */
import t from "tap";
import { get, head, ok, request } from "../support/http-messages.ts";
import { runHttpCases } from "../support/http-wire.ts";

const go = head("HTTP/1.1 100 Continue");
const expecting = request("PUT", "/", "Expect: 100-continue", "Content-Length: 3");

t.test("100-continue", (t) =>
  runHttpCases(t, [
    {
      name: "is the server's to say",
      steps: [
        { client: expecting },
        { serverSees: expecting },
        { silence: true },
        { server: go },
        { clientGets: go },
        { client: "abc" },
        { serverSees: "abc" },
        { server: ok("x") },
        { clientGets: ok("x") },
      ],
    },
    {
      name: "a final answer in its place: no body comes, and both connections end",
      steps: [
        { client: expecting },
        { serverSees: expecting },
        { server: head("HTTP/1.1 401 Unauthorized", "Content-Length: 0") },
        { clientGets: head("HTTP/1.1 401 Unauthorized", "Content-Length: 0", "Connection: close") },
      ],
      closes: true,
      closesServer: true,
    },
    {
      name: "a client that does not wait",
      steps: [
        { client: `${expecting}abc` },
        { serverSees: `${expecting}abc` },
        { server: go + ok("x") },
        { clientGets: go + ok("x") },
      ],
    },
    {
      name: "a server that says it unasked",
      steps: [
        { client: get() },
        { serverSees: get() },
        { server: go + ok("x") },
        { clientGets: go + ok("x") },
      ],
    },
    {
      name: "with chunks and in other case",
      steps: [
        { client: request("PUT", "/", "expect: 100-Continue", "Transfer-Encoding: chunked") },
        { serverSees: request("PUT", "/", "expect: 100-Continue", "Transfer-Encoding: chunked") },
        { server: go },
        { clientGets: go },
        { client: "1\r\na\r\n0\r\n\r\n" },
        { serverSees: "1\r\na\r\n0\r\n\r\n" },
        { server: ok() },
        { clientGets: ok() },
      ],
    },
  ]),
);

t.test("other 1xx", (t) => {
  const hints = head("HTTP/1.1 103 Early Hints", "Link: </a.css>; rel=preload", "link: </b>");
  return runHttpCases(t, [
    {
      name: "several, as they come",
      steps: [
        { client: get() },
        { serverSees: get() },
        { server: head("HTTP/1.1 102 Processing") + hints },
        { clientGets: head("HTTP/1.1 102 Processing") + hints },
        { server: hints },
        { clientGets: hints },
        { server: ok("x") },
        { clientGets: ok("x") },
      ],
    },
    {
      name: "their own fields for one connection, and a length that cannot be, are taken off",
      steps: [
        { client: get() },
        { serverSees: get() },
        {
          server:
            head("HTTP/1.1 103 Early Hints", "Connection: X-A", "X-A: 1", "Content-Length: 5", "X-B: 2") +
            ok(),
        },
        { clientGets: head("HTTP/1.1 103 Early Hints", "X-B: 2") + ok() },
      ],
    },
    {
      name: "before an answer to HEAD",
      steps: [
        { client: request("HEAD", "/") },
        { serverSees: request("HEAD", "/") },
        { server: hints + head("HTTP/1.1 200 OK", "Content-Length: 5") },
        { clientGets: hints + head("HTTP/1.1 200 OK", "Content-Length: 5") },
      ],
    },
  ]);
});
