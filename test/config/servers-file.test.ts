import t from "tap";
import { formatConfigError } from "../../src/config/config-error.ts";
import { parseServers } from "../../src/config/servers-file.ts";

function read(text: string, environment: Record<string, string> = {}) {
  const loaded = parseServers(text, "servers.yml", environment, 11211);
  return loaded.ok ? loaded.servers : loaded.errors.map(formatConfigError);
}

t.test("a list is read as the setting `servers` is", async (t) => {
  t.same(
    read('- 10.0.0.1\n- "[::1]:5"\n- { address: "unix:/run/a.sock", name: a, weight: 3, drain: true }\n'),
    [
      { id: "10.0.0.1:11211", address: { host: "10.0.0.1", port: 11211 }, weight: 1 },
      { id: "[::1]:5", address: { host: "::1", port: 5 }, weight: 1 },
      { id: "a", address: { path: "/run/a.sock" }, weight: 3, name: "a", drain: true },
    ],
  );
});

t.test("JSON is read, too, and so are variables", async (t) => {
  t.same(read(`[{"address": "\${HOST}:\${PORT:-7}"}]`, { HOST: "cache-0" }), [
    { id: "cache-0:7", address: { host: "cache-0", port: 7 }, weight: 1 },
  ]);
});

t.test("the port of servers that name none is the pool's", async (t) => {
  t.match(parseServers("[ a.test ]", "f", {}, 443), { servers: [{ address: { port: 443 } }] });
});

t.test("an empty list is one, an empty file is not", async (t) => {
  t.same(read("[]"), []);
  t.match(read("# nothing yet\n"), [
    /^servers\.yml:1:1: the file is empty; a list without servers is written \[\]$/,
  ]);
});

t.test("errors name line and column, all at once", async (t) => {
  t.match(
    read(`- 10.0.0.1:99999\n- 10.0.0.2\n- { address: 10.0.0.3, wieght: 2 }\n- \${NONE}\n- 10.0.0.2\n`),
    [
      /^servers\.yml:1:3: \[0\]: .*port 99999/,
      /^servers\.yml:3:24: \[2\]\.wieght: .*did you mean weight\?/,
      /^servers\.yml:4:3: \[3\]: the environment variable NONE is not set/,
      /^servers\.yml:5:3: \[4\].*: .*already stands for servers\[1\]/,
    ],
  );
});

t.test("what is no list, or no YAML, is refused", async (t) => {
  t.match(read("servers: [ a ]"), [/^servers\.yml:1:1: /]);
  t.match(read("[ a, "), [/^servers\.yml:1:\d+: not valid YAML/]);
});
