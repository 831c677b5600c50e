import { readFileSync } from "node:fs";
import t from "tap";
import { headProblems } from "../../../src/http1/head-problem.ts";
import { ownAnswers } from "../../../src/proxy/http/own-answer.ts";

const page = readFileSync(new URL("../../../docs/http.md", import.meta.url), "utf8");

/** Whether a row of the page's table has this status and this code. */
function tells(status: number, code: string): boolean {
  const cells = page.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  return cells.some((row) => row[1] === String(status) && row[2]?.includes(`\`${code}\``));
}

t.test("docs/http.md says what each answer of podmate's own means", async (t) => {
  for (const [name, { status }] of Object.entries(ownAnswers)) {
    const code = name.replaceAll("_", "-");
    t.ok(tells(status, code), code);
  }
});

t.test("and names whatever can be wrong with a head", async (t) => {
  // The one is an answer's; those of chunks are answered as bad-body.
  const others = new Set([
    "bad-status-line",
    "bad-chunk-size",
    "bad-chunk-extension",
    "chunk-extension-too-long",
    "bad-chunk-end",
  ]);
  for (const { status, code } of headProblems.filter(({ code }) => !others.has(code))) {
    if (status === 400) t.ok(page.includes(`\`${code}\``), code);
    else t.ok(tells(status, code), code);
  }
});

t.test("a code has one status", async (t) => {
  const codes = Object.keys(ownAnswers).map((name) => name.replaceAll("_", "-"));
  t.same(new Set(codes).size, codes.length);
});
