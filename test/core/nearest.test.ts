import t from "tap";
import { nearest } from "../../src/core/nearest.ts";

t.test("a slip of the hand is understood", async (t) => {
  const words = ["timeout", "connect_timeout", "servers", "eject", "ring"];
  t.equal(nearest("timeot", words), "timeout", "a letter left out");
  t.equal(nearest("tiemout", words), "timeout", "two letters swapped");
  t.equal(nearest("SERVER", words), "servers", "case does not count");
  t.equal(nearest("conect_timeout", words), "connect_timeout");
});

t.test("what resembles nothing gets no guess", async (t) => {
  t.equal(nearest("banana", ["timeout", "servers"]), undefined);
  t.equal(nearest("x".repeat(100_000), ["timeout"]), undefined);
  t.equal(nearest("", []), undefined);
});

t.test("the beginning of a word is understood, before a slip of the hand", async (t) => {
  t.equal(nearest("rin", ["run", "ring diff", "ring"]), "ring");
  t.equal(nearest("health", ["help", "healthcheck"]), "healthcheck");
  t.equal(nearest("x", ["xray"]), undefined, "one letter tells nothing");
});

t.test("of several candidates the nearest wins", async (t) => {
  t.equal(nearest("max_backof", ["backoff", "max_backoff"]), "max_backoff");
});
