import t from "tap";
import { readYaml } from "../../src/config/yaml-source.ts";

t.test("what is not YAML is told where it can be put right, in words of ours", async (t) => {
  const cases: readonly [string, string][] = [
    [
      "memcache:\n  - name: a\n      listen: b\n",
      '3:7 line 3 is indented more than "name" before it; begin both in the same column',
    ],
    [
      "a:\n  b: 1\n\n   c: 2\n",
      '4:4 line 4 is indented more than "b" before it; begin both in the same column',
    ],
    ["a:\n  b: 1\n c: 2\n", "3:2 the line begins in another column than those that it belongs to"],
    ["a:\n  - x\n - y\n", "3:1 the line begins in another column than the items before it"],
    [
      "a: b: c\n",
      '1:4 a second setting begins in the line of "a"; give each a line of its own, or put the value in quotes',
    ],
    ["a:\n\tb: 1\n", "2:1 the line is indented by a tab; use blanks"],
    ['a: "x\nb: 1\n', "1:4 the quotes that are opened here are not closed"],
    ["a: 'x\n", "1:4 the quotes that are opened here are not closed"],
    ['b: "y"\na: \'x\n', "2:4 the quotes that are opened here are not closed"],
    ["a: { b: 1\nc: 2\n", "2:1 a { before it is not closed"],
    ["a: [ 1, 2\n", "2:1 a [ before it is not closed"],
    ["a: @x\n", "1:4 a value that begins with @ needs quotes"],
    ["a:b\nc: 1\n", '1:1 "a:b" is no setting: behind a name come a colon and a blank'],
    ["a: 1\nb\n", '2:1 "b" is no setting: behind a name come a colon and a blank'],
  ];
  for (const [text, expected] of cases) {
    const [problem] = readYaml(text).problems;
    const { line, column, message } = problem!;
    t.equal(`${line}:${column} ${message.replace("not valid YAML: ", "")}`, expected, text);
  }
});

t.test("what there are no words for is told in the parser's", async (t) => {
  t.match(readYaml("a: ]\n").problems, [{ message: /^not valid YAML: Unexpected flow-seq-end/ }]);
  t.match(readYaml(`a: { b: $${""}{X} }\n`).problems, [{ message: /a variable needs quotes\)$/ }]);
});
