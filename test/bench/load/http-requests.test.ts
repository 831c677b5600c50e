import t from "tap";
import { parseHttpLoadOptions } from "../../../bench/load/http-load-options.ts";
import { extraHeaderBytes, httpRequests, keyCount } from "../../../bench/load/http-requests.ts";

const plain = { method: "GET", path: "/small", extraHeaders: 0, body: 0, close: false };

t.test("requests differ by their key", async (t) => {
  const requests = httpRequests(plain);
  t.equal(new Set(requests.map(({ headers }) => headers["x-key"])).size, keyCount);
  t.same(requests[0], { method: "GET", path: "/small", headers: { "x-key": "user-0" } });
});

t.test("extra headers have their length", async (t) => {
  const [first] = httpRequests({ ...plain, extraHeaders: 20 });
  const extra = Object.entries(first!.headers).filter(([name]) => name.startsWith("x-extra"));
  t.equal(extra.length, 20);
  for (const [name, value] of extra) t.equal(`${name}: ${value}`.length, extraHeaderBytes);
});

t.test("a body, and a connection for each request", async (t) => {
  const [first] = httpRequests({ ...plain, method: "POST", body: 10_000, close: true });
  t.equal(first!.body?.length, 10_000);
  t.equal(first!.headers["connection"], "close");
});

t.test("the command line of the load generator", async (t) => {
  t.equal(parseHttpLoadOptions(["-h"]), null);
  t.match(parseHttpLoadOptions("--port 80 --close --extra-headers 20 --watch 7,8".split(" ")), {
    port: 80,
    connections: 50,
    close: true,
    extraHeaders: 20,
    watch: [7, 8],
  });
  t.throws(() => parseHttpLoadOptions([]), { message: /--port is missing/ });
  t.throws(() => parseHttpLoadOptions(["--port", "80", "--watch", "7,x"]), RangeError);
});
