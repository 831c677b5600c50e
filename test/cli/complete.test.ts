import t from "tap";
import { complete } from "../../src/cli/complete.ts";
import { verbs } from "../../src/cli/verbs.ts";

/** The last word is what has been typed so far. */
function words(line: string): string[] {
  return complete(line.split(" "), verbs).words.map(({ word }) => word);
}
const names = (line: string) => complete(line.split(" "), verbs).names;

t.test("verbs, first and second words", async (t) => {
  t.same(words("re").sort(), ["reload", "replicate", "resume"]);
  t.same(words("server "), ["drain", "ready", "weight", "reset"]);
  t.same(words("ring d"), ["diff"]);
  t.same(words("convert "), ["twemproxy"]);
  t.same(words("nonsense x"), []);
  for (const { name } of verbs) t.ok(words("").includes(name.split(" ")[0]!), name);
});

t.test("flags that have not been given, and their values", async (t) => {
  t.same(words("run --"), [
    "--config",
    "--twemproxy",
    "--skip-redis",
    "--admin",
    "--workers",
    "--log-level",
    "--help",
  ]);
  t.same(words("run -c f --sk"), ["--skip-redis"]);
  t.notOk(words("run --config f --").includes("--config"));
  t.same(words("run --log-level w"), ["warn"]);
  t.same(words("run --log-level=d"), ["--log-level=debug"]);
  t.same(words("yield --priority "), ["low", "normal"]);
  t.same(words("log-level d"), ["debug", "default"]);
  t.same(words("completion "), ["bash", "zsh", "fish"]);
  t.same(words("status "), ["--admin", "--json", "--help"], "where nothing else can stand");
  t.same(words("ring -- --"), []);
});

t.test("names to be looked up", async (t) => {
  t.match(names("check "), { of: "file", typed: "", before: "" });
  t.match(names("run -c po"), { of: "file", typed: "po" });
  t.match(names("run --config=po"), { of: "file", typed: "po", before: "--config=" });
  t.match(names("logs --pool m"), { of: "pool", typed: "m" });
  t.match(names("server drain m"), { of: "pool", typed: "m" });
  t.match(names("server drain main 10."), { of: "server", typed: "10.", pool: "main" });
  t.equal(names("server drain main a "), null);
  t.equal(names("status "), null);
});
