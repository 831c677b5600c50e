// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables in configuration files look like that
import fc from "fast-check";
import t from "tap";
import { escapeExpansion, expand } from "../../src/config/environment.ts";

const environment = { HOST: "cache", PORT: "11211", EMPTY: "", NESTED: "${HOST}" };

t.test("variables and defaults are filled in", async (t) => {
  t.equal(expand("${HOST}:${PORT}", environment).text, "cache:11211");
  t.equal(expand("${NONE:-here}", environment).text, "here");
  t.equal(expand("${EMPTY:-here}", environment).text, "here", "empty counts as unset, as in the shell");
  t.equal(expand("${NONE:-}", environment).text, "");
  t.equal(expand("${EMPTY}", environment).text, "");
  t.equal(expand("${NESTED}", environment).text, "${HOST}", "what is filled in is not expanded again");
  t.equal(expand("$HOST $ {HOST} $", environment).text, "$HOST $ {HOST} $");
});

t.test("a doubled dollar stands for itself", async (t) => {
  t.equal(expand("$${HOST}", environment).text, "${HOST}");
});

t.test("a variable that is unset is named", async (t) => {
  t.same(expand("${A} ${HOST} ${B}", environment).missing, ["A", "B"]);
  t.same(expand("${constructor}", environment).missing, ["constructor"]);
});

t.test("what only looks like a variable is named", async (t) => {
  for (const text of ["${1X}", "${}", "${HOST", "${HOST:=x}"])
    t.equal(expand(text, environment).malformed, text);
});

t.test("an escaped text is expanded to itself", async () => {
  const texts = fc
    .array(fc.constantFrom("$", "{", "}", "${", "$$", "HOST", ":-", "x"))
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(texts, (text) => {
      const { text: back, missing, malformed } = expand(escapeExpansion(text), environment);
      return back === text && missing.length === 0 && malformed === null;
    }),
  );
});
