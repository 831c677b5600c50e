// RFC 9110 7.6.2: is OPTIONS or TRACE with Max-Forwards counted down, and answered here when it may go no further?
import t from "tap";
import { get, head, ok, request } from "../support/http-messages.ts";
import { runHttpCases } from "../support/http-wire.ts";

const date = "Date: Thu, 01 Jan 2026 00:00:00 GMT";
const allow = "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, TRACE";

const traced = (...lines: string[]): string => {
  const text = request("TRACE", "/a?b", ...lines);
  return `${head("HTTP/1.1 200 OK", date, "Content-Type: message/http", `Content-Length: ${text.length}`)}${text}`;
};

t.test("it is counted down", (t) =>
  runHttpCases(t, [
    ...["OPTIONS", "TRACE"].map((name) => ({
      name: `${name}, its other lines as they came`,
      client: request(name, "/", "A: b", "Max-Forwards: 5", "C: d"),
      sees: request(name, "/", "A: b", "C: d", "Max-Forwards: 4"),
      answers: ok("x"),
      gets: ok("x"),
    })),
    {
      name: "to 0, at which the next one answers",
      client: request("OPTIONS", "*", "max-forwards:1"),
      sees: request("OPTIONS", "*", "Max-Forwards: 0"),
      answers: ok(),
      gets: ok(),
    },
    {
      name: "it means nothing for other methods",
      client: get("/", "Max-Forwards: 0"),
      sees: get("/", "Max-Forwards: 0"),
      answers: ok(),
      gets: ok(),
    },
    ...["", "-1", "1.5", "a", "0, 1"].map((value) => ({
      name: `${JSON.stringify(value)} is no number, and stays`,
      client: request("OPTIONS", "/", `Max-Forwards: ${value}`),
      sees: request("OPTIONS", "/", `Max-Forwards: ${value}`),
      answers: ok(),
      gets: ok(),
    })),
  ]),
);

t.test("at 0 podmate is the final recipient", (t) =>
  runHttpCases(t, [
    {
      name: "OPTIONS is told what is allowed",
      client: request("OPTIONS", "*", "Max-Forwards: 0"),
      gets: head("HTTP/1.1 200 OK", date, allow, "Content-Length: 0"),
    },
    {
      name: "TRACE gets its request back",
      client: request("TRACE", "/a?b", "Max-Forwards: 0", "X-A: b"),
      gets: traced("Max-Forwards: 0", "X-A: b"),
    },
    {
      name: "without secrets",
      client: request(
        "TRACE",
        "/a?b",
        "Cookie: a=b",
        "Authorization: Basic x",
        "Max-Forwards: 0",
        "Proxy-Authorization: y",
      ),
      gets: traced("Max-Forwards: 0"),
    },
    {
      name: "and the connection ends if the client wants it to",
      client: request("OPTIONS", "/", "Max-Forwards: 0", "Connection: close"),
      gets: head("HTTP/1.1 200 OK", date, allow, "Content-Length: 0", "Connection: close"),
      closes: true,
    },
    {
      name: "a body that comes with it is not taken for a request",
      client: `${request("OPTIONS", "/", "Max-Forwards: 0", "Content-Length: 18")}GET / HTTP/1.1\r\n\r\n`,
      gets: head("HTTP/1.1 200 OK", date, allow, "Content-Length: 0", "Connection: close"),
      closes: true,
    },
  ]),
);
