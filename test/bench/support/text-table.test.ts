import t from "tap";
import { markdownTable, textTable } from "../../../bench/support/text-table.ts";

t.test("columns are as wide as their widest cell; the first is flush left", async (t) => {
  t.equal(
    textTable(
      ["", "req/s"],
      [
        ["podmate", "12"],
        ["x", "123456"],
      ],
    ),
    "          req/s\npodmate      12\nx        123456\n",
  );
});

t.test("Markdown", async (t) => {
  t.equal(markdownTable(["", "n"], [["a", "1"]]), "|  | n |\n| --- | ---: |\n| a | 1 |\n");
});
