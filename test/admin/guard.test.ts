import t from "tap";
import { guardChange } from "../../src/admin/guard.ts";

const local = { remoteAddress: "127.0.0.1", host: "127.0.0.1:9901", origin: undefined };

t.test("changes pass from loopback, under an address of its own", async (t) => {
  const cases = [
    local,
    { ...local, remoteAddress: "::1", host: "[::1]:9901" },
    { ...local, remoteAddress: "::ffff:127.0.0.1" },
    { ...local, remoteAddress: "127.8.8.8" },
    { ...local, host: "localhost:9901" },
    { ...local, host: undefined },
    { ...local, origin: "http://127.0.0.1:9901" },
    { remoteAddress: undefined, host: "localhost", origin: undefined },
  ];
  for (const origin of cases) t.doesNotThrow(() => guardChange(origin), JSON.stringify(origin));
});

t.test("changes are refused from elsewhere, and on behalf of web pages", async (t) => {
  const cases = [
    { ...local, remoteAddress: "10.0.0.7" },
    { ...local, remoteAddress: "::ffff:10.0.0.7" },
    { ...local, remoteAddress: "fe80::1" },
    { ...local, host: "evil.example:9901" },
    { ...local, host: "127.0.0.1.evil.example" },
    { ...local, origin: "http://evil.example" },
    { ...local, origin: "null" },
    { ...local, origin: "https://127.0.0.1:9901" },
  ];
  for (const origin of cases) {
    t.throws(() => guardChange(origin), { name: "Error" }, JSON.stringify(origin));
  }
});
