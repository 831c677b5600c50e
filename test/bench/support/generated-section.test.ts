import t from "tap";
import { replaceGenerated } from "../../../bench/support/generated-section.ts";

const page = "# A\n<!-- generated: x -->\nold\n<!-- end: x -->\ntail\n";

t.test("only what stands between the markers changes, and doing it again changes nothing", async (t) => {
  const once = replaceGenerated(page, "x", "new\n");
  t.equal(once, "# A\n<!-- generated: x -->\n\nnew\n\n<!-- end: x -->\ntail\n");
  t.equal(replaceGenerated(once, "x", "new"), once);
});

t.test("a page without the markers is refused", async (t) => {
  t.throws(() => replaceGenerated(page, "y", ""), { message: /no place for "y"/ });
  t.throws(() => replaceGenerated("<!-- end: x --><!-- generated: x -->", "x", ""));
});
