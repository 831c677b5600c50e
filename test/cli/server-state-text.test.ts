import t from "tap";
import { serverStateText } from "../../src/cli/server-state-text.ts";

const server = { state: "ejected", reason: "timeout", since_unix_ms: 0, next_probe_unix_ms: null } as const;

t.test("since when a server is out, and when it is probed next", async (t) => {
  const at = 12_400;
  t.equal(serverStateText(server, at), "ejected for 12 s: timeout");
  t.equal(
    serverStateText({ ...server, next_probe_unix_ms: 15_500 }, at),
    "ejected for 12 s, next probe in 3 s: timeout",
  );
  t.equal(
    serverStateText({ ...server, next_probe_unix_ms: 1 }, at),
    "ejected for 12 s, next probe in 0 s: timeout",
  );
  t.equal(serverStateText({ ...server, since_unix_ms: null }, at), "ejected: timeout");
  t.equal(serverStateText({ ...server, state: "connecting", reason: "" }, at), "connecting for 12 s");
});

t.test("of one that is as it should be, the failure seen last", async (t) => {
  t.equal(serverStateText({ ...server, state: "ready" }, 1), "ready: timeout");
  t.equal(serverStateText({ ...server, state: "ready", reason: "" }, 1), "ready");
  t.equal(serverStateText({ ...server, state: "draining", reason: "" }, 1), "draining");
});

t.test("durations are told roughly", async (t) => {
  for (const [ms, text] of [
    [119_000, "119 s"],
    [120_000, "2 min"],
    [7_200_000, "2 h"],
    [200_000_000, "2 d"],
  ] as const)
    t.equal(serverStateText(server, ms), `ejected for ${text}: timeout`);
});
