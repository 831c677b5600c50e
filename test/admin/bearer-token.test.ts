import t from "tap";
import { bearerToken, isAmong, tokensIn } from "../../src/admin/bearer-token.ts";

const old = "a-token-of-some-length";
const next = "0123456789abcdef";

t.test("a file holds one token a line", async (t) => {
  t.same(tokensIn(old), [old]);
  t.same(tokensIn(`${old}\n${next}\r\n\n`), [old, next]);
});

t.test("a file that is not what it should be holds none", async (t) => {
  for (const text of ["", "\n", "short", `${old}\nshort`, `${old} x`, "ü".repeat(20), "x".repeat(1025)]) {
    t.same(tokensIn(text), [], JSON.stringify(text.slice(0, 30)));
  }
});

t.test("the token stands in Authorization, after Bearer", async (t) => {
  t.equal(bearerToken(`Bearer ${old}`), old);
  t.equal(bearerToken(`bearer  ${old} `), old);
  for (const field of [undefined, "", "Bearer", "Bearer ", `Basic ${old}`, `Bearer ${old} ${old}`]) {
    t.equal(bearerToken(field), undefined, String(field));
  }
});

t.test("only what is equal is among them", async (t) => {
  t.equal(isAmong(next, [old, next]), true);
  t.equal(isAmong(old, [old, next]), true);
  t.equal(isAmong(old.slice(1), [old, next]), false);
  t.equal(isAmong("", [old]), false);
  t.equal(isAmong(old, []), false);
});
