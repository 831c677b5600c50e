import { readdirSync, readFileSync } from "node:fs";
import t from "tap";

const root = new URL("../../", import.meta.url);
const page = readFileSync(new URL("ARCHITECTURE.md", root), "utf8");

/** The folders and files of the house, from top to bottom. */
const house = [...page.matchAll(/^ {2}([\w-]+(?:\/|\.ts)) /gm)].map(([, name]) => name!);

interface Override {
  readonly includes: readonly string[];
  readonly linter: {
    readonly rules: { style?: { noRestrictedImports?: { options: { patterns: { group: string[] }[] } } } };
  };
}

t.test("the house has every room, and no other", async (t) => {
  const entries = readdirSync(new URL("src/", root), { withFileTypes: true });
  const there = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
  t.same([...house].sort(), there.sort());
});

t.test("the linter keeps each folder from importing those above it", async (t) => {
  const { overrides } = JSON.parse(readFileSync(new URL("biome.json", root), "utf8")) as {
    overrides: Override[];
  };
  const folders = house.filter((name) => name.endsWith("/")).map((name) => name.slice(0, -1));
  const order = folders.slice(folders.indexOf("cli"));
  for (const [place, folder] of order.entries()) {
    if (place === 0) continue;
    const rule = overrides.find(({ includes }) => includes.includes(`src/${folder}/**`));
    const groups = rule?.linter.rules.style?.noRestrictedImports?.options.patterns.flatMap(
      ({ group }) => group,
    );
    const forbidden = groups ?? [];
    for (const above of order.slice(0, place)) {
      t.ok(forbidden.includes(`**/${above}/**`) || forbidden.includes("../*/**"), `${folder}: ${above}`);
    }
  }
});
