import t from "tap";
import { ConfigHistory, type ConfigVersion } from "../../src/lifecycle/config-history.ts";

const version = (version: number, text = "text"): ConfigVersion => ({
  version,
  at: version,
  source: "file",
  origin: "f.yml",
  trigger: "SIGHUP",
  changes: [],
  document: { format: "podmate", text },
});

t.test("the last versions are kept", async (t) => {
  const history = new ConfigHistory(version(1), { versions: 3, characters: 1000 });
  t.equal(history.previous, undefined);
  for (const each of [2, 3, 4]) history.add(version(each));
  t.same(
    history.versions.map((each) => each.version),
    [2, 3, 4],
  );
  t.equal(history.current.version, 4);
  t.equal(history.previous?.version, 3);
  t.equal(history.find(2)?.version, 2);
  t.equal(history.find(1), undefined);
});

t.test("long ones push out more, and the one in force stays however long it is", async (t) => {
  const history = new ConfigHistory(version(1, "x".repeat(6)), { versions: 9, characters: 10 });
  history.add(version(2, "x".repeat(4)));
  t.equal(history.versions.length, 2);
  history.add(version(3, "x".repeat(5)));
  t.equal(history.versions.length, 2);
  history.add(version(4, "x".repeat(11)));
  t.same(
    history.versions.map((each) => each.version),
    [4],
  );
});

t.test("an author that takes over changes nothing else", async (t) => {
  const history = new ConfigHistory(version(1));
  history.add({ ...version(2), source: "http", origin: "PUT /config" });
  history.adopt({ source: "file", origin: "f.yml" }, { format: "podmate", text: "other" });
  t.match(history.current, {
    version: 2,
    at: 2,
    source: "file",
    origin: "f.yml",
    document: { text: "other" },
  });
  t.equal(history.versions.length, 2);
});
