// RFC 9110 section 5.6.1: are the members of a list found, white space and empty ones passed over?
import t from "tap";
import { hasToken, isToken, memberEnd, memberStart } from "../../src/http1/header-list.ts";

function members(text: string): string[] {
  const bytes = Buffer.from(`x,${text},y`);
  const end = 2 + text.length;
  const found: string[] = [];
  for (let at = memberStart(bytes, 2, end); at !== -1; ) {
    const stop = memberEnd(bytes, at, end);
    found.push(bytes.toString("latin1", at, stop));
    at = memberStart(bytes, stop, end);
  }
  return found;
}

t.test("members", async (t) => {
  t.same(members(""), []);
  t.same(members(" ,\t, "), []);
  t.same(members("a"), ["a"]);
  t.same(members("a,b"), ["a", "b"]);
  t.same(members(" a b ,\t,c;d\t"), ["a b", "c;d"]);
});

t.test("tokens", async (t) => {
  const has = (text: string, token: string) =>
    hasToken(Buffer.from(text), 0, text.length, Buffer.from(token));
  t.equal(has("gzip, Chunked", "chunked"), true);
  t.equal(has("gzip, chunked;q", "chunked"), false);
  t.equal(has("xchunked", "chunked"), false);
  t.equal(has("chunke", "chunked"), false);
  t.equal(has("", "a"), false);
  const bytes = Buffer.from("Keep-Alive");
  t.equal(isToken(bytes, 0, 10, Buffer.from("keep-alive")), true);
  t.equal(isToken(bytes, 1, 10, Buffer.from("keep-alive")), false);
});
