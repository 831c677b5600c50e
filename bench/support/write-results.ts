import { readFileSync, writeFileSync } from "node:fs";
import { replaceGenerated } from "./generated-section.ts";
import type { Presentation } from "./presentation.ts";
import { writeReadmeFigures } from "./readme-figures.ts";
import type { BenchResults } from "./results.ts";
import { resultsDocument } from "./results-document.ts";
import { resultsPicture } from "./results-picture.ts";

const benchFolder = new URL("../", import.meta.url);

/** Writes the results as data, and the picture and the tables that are made from them, those of the front page too. */
export function writeResults(results: BenchResults, presentation: Presentation): void {
  const { name } = presentation;
  writeFileSync(new URL(`${name}.results.json`, benchFolder), `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(new URL(`${name}.svg`, benchFolder), resultsPicture(results, presentation.picture));
  const page = new URL("README.md", benchFolder);
  const document = resultsDocument(results, presentation);
  writeFileSync(page, replaceGenerated(readFileSync(page, "utf8"), name, document));
  writeReadmeFigures();
}
