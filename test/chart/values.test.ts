import { readFileSync } from "node:fs";
import t from "tap";
import { parse } from "yaml";
import { chartFiles } from "../../scripts/chart/chart-files.ts";
import { configPart, goPattern } from "../../scripts/chart/config-part.ts";
import { exampleValues } from "../../scripts/chart/example-values.ts";
import { libraryValues } from "../../scripts/chart/library-values.ts";
import { isGroup, type Values } from "../../scripts/chart/value.ts";

const repository = new URL("../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, repository), "utf8");

t.test("the committed files are current (npm run docs)", async (t) => {
  for (const { path, content } of chartFiles()) t.equal(read(path), content, path);
});

t.test("values.yaml holds the defaults", async (t) => {
  const defaults = (values: Values): unknown =>
    Object.fromEntries(
      Object.entries(values).map(([name, entry]) => [
        name,
        isGroup(entry) ? defaults(entry.values) : entry.default,
      ]),
    );
  t.strictSame(parse(read("charts/podmate/values.yaml")), defaults(libraryValues));
  t.strictSame(parse(read("charts/podmate-example/values.yaml")), defaults(exampleValues));
});

t.test("every value stands in the page with its meaning", async (t) => {
  const page = read("docs/chart.md");
  const paths = (values: Values, prefix = ""): string[] =>
    Object.entries(values).flatMap(([name, entry]) =>
      isGroup(entry) ? paths(entry.values, `${prefix}${name}.`) : [`${prefix}${name}`],
    );
  for (const path of [...paths(libraryValues), ...paths(exampleValues)]) {
    t.ok(new RegExp(`^\\| \`${path.replaceAll(".", "\\.")}\` \\| .+ \\| .{4,} \\|$`, "m").test(page), path);
  }
});

t.test("the charts have the version of the program", async (t) => {
  const { version } = JSON.parse(read("package.json")) as { version: string };
  const library = parse(read("charts/podmate/Chart.yaml")) as Record<string, unknown>;
  const example = parse(read("charts/podmate-example/Chart.yaml")) as Record<string, unknown>;
  t.match(
    [library, example],
    [
      { type: "library", version, appVersion: version },
      { type: "application", version, appVersion: version, dependencies: [{ name: "podmate", version }] },
    ],
  );
});

t.test("patterns are put in the form that Go knows", async (t) => {
  t.equal(goPattern("^(?!__proto__$)[a-z]{1,4096}$"), "^[a-z]{1,}$");
  t.equal(goPattern("^(?=.{1,253}$)([a-z](?!(b|\\)))x){0,62}$"), "^([a-z]x){0,62}$");
  t.equal(goPattern("\\$\\{"), "\\$\\{|\\{\\{", "where a variable may stand, a template may");
  t.throws(() => goPattern("(?=("), /unbalanced/);
});

t.test("no pattern of the configuration has what Go does not know", async (t) => {
  const patterns = [...JSON.stringify(configPart()).matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)];
  t.ok(patterns.length > 100);
  for (const [, text] of patterns) {
    const pattern = JSON.parse(text!) as string;
    const counts = [...pattern.matchAll(/\{(?:\d+,)?(\d+)\}/g)].map(([, most]) => Number(most));
    if (/\(\?[=!<]/.test(pattern) || counts.some((most) => most > 1000)) t.fail(pattern);
  }
});
