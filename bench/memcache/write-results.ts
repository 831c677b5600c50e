import { readFileSync, writeFileSync } from "node:fs";
import { replaceGenerated } from "../support/generated-section.ts";
import { resultsDocument } from "./document.ts";
import { memcachePicture } from "./picture.ts";
import type { BenchResults } from "./results.ts";

const resultsFile = new URL("../memcache.results.json", import.meta.url);
const pictureFile = new URL("../memcache.svg", import.meta.url);
const readmeFile = new URL("../README.md", import.meta.url);

/** Writes the results as data, and the picture and the tables that are made from them. */
export function writeResults(results: BenchResults): void {
  writeFileSync(resultsFile, `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(pictureFile, memcachePicture(results));
  const readme = readFileSync(readmeFile, "utf8");
  writeFileSync(readmeFile, replaceGenerated(readme, "memcache", resultsDocument(results)));
}
