import t from "tap";
import { parseIfMatch } from "../../src/admin/if-match.ts";

t.test("If-Match is a list of tags, or any", async (t) => {
  t.equal(parseIfMatch(undefined), null);
  t.equal(parseIfMatch(" * "), "*");
  t.same(parseIfMatch('"2-x"'), ['"2-x"']);
  t.same(parseIfMatch('"1-x" , W/"2-x",""'), ['"1-x"', 'W/"2-x"', '""']);
});

t.test("what makes no sense is refused: it might have been meant to protect", async (t) => {
  for (const field of ["", "2", '"2', '*, "2"', '"a""b"', '"a" "b"']) {
    t.throws(() => parseIfMatch(field), Object.assign(new Error(), { status: 400 }), field);
  }
});
