import t from "tap";
import { printableKey } from "../../src/observe/printable-key.ts";

t.test("a key as an operator may see it", async (t) => {
  t.equal(printableKey("user:1~{tag}"), "user:1~{tag}");
  t.equal(printableKey("\x1b[2J"), "\\x1b[2J");
  t.equal(printableKey("caf\xc3\xa9"), "caf\\xc3\\xa9");
  t.equal(printableKey("a\\x1b"), "a\\\\x1b", "and no other key looks the same");
  t.equal(printableKey("\x00\x7f\x9b\xff"), "\\x00\\x7f\\x9b\\xff");
});
