// Is every command found by its name, and nothing else?
import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { findCommand } from "../../src/memcache/command-table.ts";
import { command, commands } from "../../src/observe/metric-labels.ts";

const find = (name: string) => findCommand(Buffer.from(`get${name}get`, "latin1"), 3, 3 + name.length);
const named = commands.filter((name) => name !== "auth" && name !== "unknown");

t.test("names", async (t) => {
  for (const name of named) {
    const spec = find(name);
    t.match(spec, { name, command: command[name] });
    t.ok(spec!.minWords >= 1 && spec!.maxWords >= spec!.minWords);
  }
  for (const name of [
    "",
    "g",
    "ge",
    "GET",
    "getx",
    "get\0",
    "flush_al",
    "flush_alx",
    "auth",
    "unknown",
    "m",
    "mget",
  ]) {
    t.equal(find(name), undefined, name);
  }
});

t.test("what is near a name is none", async () => {
  const near = fc
    .tuple(fc.constantFrom(...named), fc.nat(12), fc.constantFrom("", "x", "\0", "e", "s", "\xe9"), fc.nat(1))
    .map(([name, at, text, cut]) => `${name.slice(0, at)}${text}${name.slice(at + cut)}`);
  fc.assert(
    fc.property(near, (name) => {
      assert.equal(find(name)?.name, (named as readonly string[]).includes(name) ? name : undefined);
    }),
    { numRuns: 5_000 },
  );
});
