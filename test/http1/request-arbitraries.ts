import fc from "fast-check";

const method = fc.constantFrom(
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "DELETE",
  "CONNECT",
  "OPTIONS",
  "PATCH",
  "get",
  "X-Y",
  "G T",
);

const authority = fc.constantFrom(
  "a",
  "A.b-c_d~",
  "a:80",
  "a:",
  "a:65536",
  "[::1]",
  "[::1]:443",
  "[]",
  "a%41:1",
  "a%4",
  "",
  ":80",
  "u@a",
  "a,b",
  "a b",
);

const target = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom("/", "/a//b/../c", "/?", "/a?b=c&d?e", "//a/b", "/\xe9|{}", "/a#b", "/a\tb"),
  },
  { weight: 1, arbitrary: fc.constantFrom("*", "a", "a:80", "ftp://a/", "http:/a", "") },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom("http://", "HTTPS://"),
        authority,
        fc.constantFrom("", "/", "/a/b", "?q", "/a?q/r"),
      )
      .map((parts) => parts.join("")),
  },
  { weight: 1, arbitrary: authority },
);

const version = fc.oneof(
  { weight: 12, arbitrary: fc.constant("HTTP/1.1") },
  { weight: 3, arbitrary: fc.constant("HTTP/1.0") },
  { weight: 1, arbitrary: fc.constantFrom("HTTP/2.0", "HTTP/1.2", "http/1.1", "HTTP/1.11", "") },
);

const plainName = fc.constantFrom(
  "X",
  "x-a",
  "Accept",
  "8-forwarded-for",
  "Cookie",
  "Close",
  "X_Y",
  "!#$%&'*+-.^_`|~",
);
const value = fc.oneof(
  fc.constantFrom("", "a", "a b", "\ta\t", '"a,b"', "\x80\xff", ": ;", "a\0b", "a\x7f"),
  fc.string({ maxLength: 20 }),
);

const connection = fc
  .array(
    fc.constantFrom(
      "close",
      "Keep-Alive",
      "upgrade",
      "x-a",
      "X",
      "cookie",
      "Host",
      "x-forwarded-for",
      "content-length",
      "",
      "te",
      "\t",
    ),
    { maxLength: 4 },
  )
  .chain((tokens) => fc.constantFrom(",", ", ", " ,\t").map((comma) => tokens.join(comma)));

const knownValues: Readonly<Record<string, fc.Arbitrary<string>>> = {
  Host: authority,
  Connection: connection,
  "Content-Length": fc.constantFrom(
    "0",
    "5",
    "007",
    "9007199254740991",
    "9007199254740992",
    "5, 5",
    "+5",
    "0x5",
    "5 5",
    "",
  ),
  "Transfer-Encoding": fc.constantFrom(
    "chunked",
    "CHUNKED",
    "gzip, chunked",
    "chunked, chunked",
    "xchunked",
    "identity",
    "",
  ),
  Expect: fc.constantFrom("100-continue", "100-Continue", "200-ok", ""),
  Upgrade: fc.constantFrom("websocket", "h2c"),
  "X-Forwarded-For": fc.constantFrom("10.0.0.1", "a, b"),
  "Keep-Alive": fc.constant("timeout=5"),
};

const known = fc
  .constantFrom(...Object.keys(knownValues))
  .chain((name) =>
    fc.tuple(fc.constantFrom(name, name.toLowerCase(), name.toUpperCase()), knownValues[name]!),
  );

const line = fc
  .tuple(
    fc.oneof(known, fc.tuple(plainName, value)),
    fc.constantFrom(": ", ":", ":\t ", ": ", ": ", " : "),
    fc.constantFrom("", " ", "\t"),
  )
  .map(([[name, text], colon, space]) => `${name}${colon}${text}${space}`);

/** Heads of requests put together from parts, some of which are invalid; latin1. */
export const request: fc.Arbitrary<string> = fc
  .record({
    empty: fc.constantFrom("", "", "", "\r\n", "\r\n\r\n\r\n\r\n", "\r\n\r\n\r\n\r\n\r\n"),
    first: fc.tuple(method, target, version).map((parts) => parts.join(" ")),
    host: fc.oneof(
      { weight: 5, arbitrary: fc.constant(["Host: a:80"]) },
      { weight: 1, arbitrary: fc.constant([]) },
    ),
    lines: fc.array(line, { maxLength: 6 }),
    at: fc.nat({ max: 6 }),
  })
  .map(({ empty, first, host, lines, at }) => {
    const all = [...lines.slice(0, at), ...host, ...lines.slice(at)];
    return `${empty}${[first, ...all, "", ""].join("\r\n")}`;
  });

/** What is put where a byte was: what ends lines, separates, or must not be there. */
const nastyBytes = fc.constantFrom(..."\r\n\0\t :,;?#@%/*\x7f\x80\x0b1ax", "\r\n", "\r\n ", "", "\n\n");

/** Texts with up to three bytes of `source` replaced, put in or taken out. */
export function brokenOf(source: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const change = fc.record({ at: fc.nat(), take: fc.nat({ max: 2 }), put: nastyBytes });
  return fc.tuple(source, fc.array(change, { maxLength: 3 })).map(([text, changes]) => {
    let result = text;
    for (const { at, take, put } of changes) {
      const place = at % (result.length + 1);
      result = result.slice(0, place) + put + result.slice(place + take);
    }
    return result;
  });
}
