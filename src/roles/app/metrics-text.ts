import { BadText } from "./bad-text.ts";
import { isNumber, labelOf, type SampleLine, sampleLine } from "./sample-line.ts";

/** A metric of the app's, as Prometheus' text format 0.0.4 names it: a counter's name ends as its samples' do. */
export interface AppFamily {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram" | "summary" | "untyped";
  /** null where the app says nothing. */
  readonly help: string | null;
  readonly samples: readonly SampleLine[];
}

/** Metrics that can be served beside podmate's own. */
export interface AppMetrics {
  readonly families: readonly AppFamily[];
  readonly samples: number;
  /** Families left out because their names are podmate's. */
  readonly refused: number;
}

/** No name of the app's begins so. */
export const ownPrefix = "podmate_";

/**
 * Reads Prometheus' text format 0.0.4, and OpenMetrics 1.0 as far as the former can say the same: exemplars, units and
 * `_created` are dropped. Throws BadText if anything is not as it should be, for a scraper would refuse all that it is
 * served with. What begins with `podmate_` is left out.
 */
export function parseMetrics(text: string): AppMetrics {
  const reader = new Reader(/(?:^|\n)# EOF\s*$/.test(text));
  let number = 0;
  for (const line of text.split("\n")) {
    number++;
    try {
      reader.take(line.trim());
    } catch (error) {
      throw malformed(`line ${number}: ${(error as Error).message}`);
    }
  }
  return reader.end();
}

/** Ends of the names of a family's samples, by its type. */
const suffixes: Readonly<Record<string, readonly string[]>> = {
  counter: ["", "_total", "_created"],
  gauge: [""],
  histogram: ["_bucket", "_sum", "_count", "_created"],
  summary: ["", "_sum", "_count", "_created"],
  untyped: [""],
  unknown: [""],
  info: ["_info"],
  stateset: [""],
};

interface Draft {
  readonly name: string;
  type: string | null;
  help: string | null;
  readonly samples: SampleLine[];
}

class Reader {
  readonly #isOpenMetrics: boolean;
  readonly #drafts = new Map<string, Draft>();
  readonly #series = new Set<string>();
  #ended = false;

  constructor(isOpenMetrics: boolean) {
    this.#isOpenMetrics = isOpenMetrics;
  }

  take(line: string): void {
    if (line === "") return;
    if (this.#ended) throw new Error("it goes on after # EOF");
    if (line.startsWith("#")) this.#takeComment(line);
    else this.#takeSample(line);
  }

  end(): AppMetrics {
    const families = new Map<string, AppFamily>();
    let refused = 0;
    let samples = 0;
    for (const draft of this.#drafts.values()) {
      if (draft.samples.length === 0) continue;
      const family = settle(draft);
      if (families.has(family.name)) throw malformed(`${family.name} stands for two metrics`);
      if (isOwn(family)) refused++;
      else {
        families.set(family.name, family);
        samples += family.samples.length;
      }
    }
    return { families: [...families.values()], samples, refused };
  }

  #takeComment(line: string): void {
    if (this.#isOpenMetrics && line === "# EOF") this.#ended = true;
    const [, word, name, rest = ""] =
      /^#[ \t]+(HELP|TYPE)[ \t]+([a-zA-Z_:][a-zA-Z0-9_:]*)(?:[ \t]+(.*))?$/.exec(line) ?? [];
    if (word === undefined || name === undefined) {
      if (/^#[ \t]+(?:HELP|TYPE)(?:[ \t]|$)/.test(line)) throw new Error("it is no HELP or TYPE");
      return;
    }
    const draft = this.#draft(name);
    if (draft.samples.length > 0) throw new Error(`${word} of ${name} comes after its samples`);
    if (word === "HELP") {
      if (draft.help !== null) throw new Error(`${name} has two HELP`);
      draft.help = rest.replace(/\\([\\n"])/g, (_, char: string) => (char === "n" ? "\n" : char));
      return;
    }
    if (draft.type !== null) throw new Error(`${name} has two TYPE`);
    const type = rest === "gaugehistogram" ? "untyped" : rest;
    if (!Object.hasOwn(suffixes, type)) throw new Error(`${name} has no type of metrics`);
    draft.type = type;
  }

  #takeSample(line: string): void {
    const sample = sampleLine(line, this.#isOpenMetrics);
    if (this.#series.has(sample.series)) throw new Error(`${sample.name} stands twice with the same labels`);
    this.#series.add(sample.series);
    const draft = this.#familyOf(sample.name);
    // When a series began is said by nobody but OpenMetrics.
    if (draft.name !== sample.name && sample.name.endsWith("_created")) return;
    checkBound(draft.type, sample);
    draft.samples.push(sample);
  }

  /** The family that a sample belongs to by its name: its own, or one that is one of those with a suffix. */
  #familyOf(name: string): Draft {
    const own = this.#drafts.get(name);
    if (own !== undefined) return own;
    const suffix = /_(?:total|created|bucket|sum|count|info)$/.exec(name)?.[0] ?? "";
    const family = suffix === "" ? undefined : this.#drafts.get(name.slice(0, -suffix.length));
    if (family !== undefined && suffixes[family.type ?? "untyped"]!.includes(suffix)) return family;
    return this.#draft(name);
  }

  #draft(name: string): Draft {
    const known = this.#drafts.get(name);
    if (known !== undefined) return known;
    const draft: Draft = { name, type: null, help: null, samples: [] };
    this.#drafts.set(name, draft);
    return draft;
  }
}

/** Labels that say of what range a sample is, by the type of its family. */
const boundLabels: Readonly<Record<string, string>> = { histogram: "le", summary: "quantile" };

function checkBound(type: string | null, sample: SampleLine): void {
  const label = boundLabels[type ?? ""];
  const bound = label === undefined ? undefined : labelOf(sample, label);
  if (bound !== undefined && !isNumber(bound)) throw new Error(`${sample.name} has no number for ${label}`);
}

/** A family as format 0.0.4 has it, where the names of its samples are as they came. */
function settle({ name, type, help, samples }: Draft): AppFamily {
  switch (type) {
    case "counter": {
      const names = new Set(samples.map((sample) => sample.name));
      if (names.size > 1) throw malformed(`${name} has samples with and without _total`);
      return { name: samples[0]!.name, type, help, samples };
    }
    case "info":
      return { name: `${name}_info`, type: "gauge", help, samples };
    case "stateset":
      return { name, type: "gauge", help, samples };
    case "gauge":
    case "histogram":
    case "summary":
      return { name, type, help, samples };
    default:
      return { name, type: "untyped", help, samples };
  }
}

function isOwn({ name, samples }: AppFamily): boolean {
  return name.startsWith(ownPrefix) || samples.some((sample) => sample.name.startsWith(ownPrefix));
}

function malformed(message: string): BadText {
  return new BadText("malformed", message);
}
