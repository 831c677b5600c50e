import type { Goals } from "./goals.ts";
import type { Reference } from "./results.ts";
import type { PictureTexts } from "./results-picture.ts";

/** What a benchmark shows of its results, and how it judges them. */
export interface Presentation {
  /** Of the files that are written, and of the page's section. */
  readonly name: string;
  /** What podmate's figures are compared with in the page's summary. */
  readonly references: readonly Reference[];
  readonly goals: Goals;
  readonly picture: PictureTexts;
}
