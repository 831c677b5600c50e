import { existsSync, readdirSync, readFileSync } from "node:fs";
import t from "tap";
import { withFigures } from "../../bench/support/readme-figures.ts";

const root = new URL("../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");

/** The pages that people read: those in the root, in docs/ and in bench/. */
const pages = [
  ...["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "bench/README.md"],
  ...readdirSync(new URL("docs/", root))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

/** What a page calls the place of a heading, as GitHub does. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, "")
    .replaceAll(" ", "-");

const anchors = (path: string): string[] =>
  [...read(path).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading!));

t.test("the figures of the README are those of the last recorded runs (npm run docs)", async (t) => {
  const readme = read("README.md");
  t.equal(readme, withFigures(readme));
});

t.test("every link of every page leads somewhere", async (t) => {
  for (const page of pages) {
    for (const [, target] of read(page).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target!)) continue;
      const [path, anchor] = target!.split("#") as [string, string?];
      const url = new URL(path === "" ? page : path, new URL(page, root));
      const place = path === "" ? page : url.href.slice(root.href.length);
      t.ok(existsSync(new URL(place, root)), `${page}: ${target}`);
      if (anchor !== undefined) t.ok(anchors(place).includes(anchor), `${page}: ${target}`);
    }
  }
});

t.test("every page of docs/ can be reached from the README", async (t) => {
  const readme = read("README.md");
  for (const page of pages.filter((page) => page.startsWith("docs/")))
    t.ok(readme.includes(`(${page})`), page);
});
