// Are words and numbers read as C reads them?
import t from "tap";
import { parseInt32, parseUint32, parseUint64, splitTokens } from "../../src/embedded/memcache-tokens.ts";

await t.test("words", async (t) => {
  t.same(splitTokens("get a  b "), ["get", "a", "b"]);
  t.same(splitTokens("  get\ta"), ["get\ta"]);
  t.same(splitTokens("get a\0b c"), ["get", "a"]);
  t.same(splitTokens(""), []);
});

await t.test("numbers", async (t) => {
  t.equal(parseInt32("-12"), -12);
  t.equal(parseInt32("+12"), 12);
  t.equal(parseInt32("12\tx"), 12);
  t.equal(parseInt32("2147483648"), -2147483648);
  t.equal(parseUint32("4294967295"), 4294967295);
  t.equal(parseUint32("4294967296"), 0);
  t.equal(parseUint64("18446744073709551615"), 18446744073709551615n);
  for (const bad of ["", "x", "1x", "-", "--1", "0x10", "1.5", "18446744073709551616"]) {
    t.equal(parseInt32(bad), null);
    t.equal(parseUint64(bad), null);
  }
  t.equal(parseUint32("-1"), null);
  t.equal(parseUint64("-1"), null);
});
