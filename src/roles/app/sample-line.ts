/** One sample of the app's metrics. */
export interface SampleLine {
  readonly name: string;
  /** With their braces, escaped as in the text; empty where there are none. */
  readonly labels: string;
  readonly value: string;
  /** In ms since the Unix epoch; null: now. */
  readonly at: number | null;
  /** The same for all samples with this name and these labels, whatever their order. */
  readonly series: string;
}

const head = /^([a-zA-Z_:][a-zA-Z0-9_:]*)[ \t]*/;
const label = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*("(?:[^"\\]|\\[\\n"])*")[ \t]*(,|(?=\}))/y;
const number = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|(inf(?:inity)?|nan))$/i;

/** Labels of a sample. With thousands in a line, some who read metrics (promtool among them) take minutes for it. */
const mostLabels = 64;

/**
 * Reads a line of Prometheus' text format 0.0.4, or of OpenMetrics, whose timestamps are in seconds and which may have an
 * exemplar. Throws if it is none. Label names that begin with `__` are Prometheus' own: `__name__` would give the sample
 * another name.
 */
export function sampleLine(line: string, isOpenMetrics: boolean): SampleLine {
  const [start, name] = head.exec(line) ?? [];
  if (start === undefined || name === undefined)
    throw new Error("it does not begin with the name of a metric");
  const { pairs, end } = labelsAt(line, start.length);
  const rest = line.slice(end);
  const own = isOpenMetrics ? rest.split(" # ", 1)[0]! : rest;
  const [value = "", at, ...more] = own.trim().split(/[ \t]+/);
  if (!isNumber(value)) throw new Error(`${name} has no number for a value`);
  if (more.length > 0) throw new Error(`${name} has more than a value and a time`);
  const labels = pairs.map(([key, text]) => `${key}=${text}`);
  return {
    name,
    labels: labels.length === 0 ? "" : `{${labels.join(",")}}`,
    value: canonical(value),
    at: at === undefined ? null : timeOf(at, isOpenMetrics),
    series: `${name} ${labels.sort().join(",")}`,
  };
}

/** The labels that begin at `from`, and where they end. */
function labelsAt(line: string, from: number): { readonly pairs: [string, string][]; readonly end: number } {
  const pairs: [string, string][] = [];
  if (line[from] !== "{") return { pairs, end: from };
  const names = new Set<string>();
  let at = from + 1;
  for (;;) {
    label.lastIndex = at;
    const found = label.exec(line);
    if (found === null) break;
    const [whole, key, text] = found as unknown as [string, string, string];
    if (key.startsWith("__")) throw new Error(`the label ${key} is not for an app`);
    if (names.has(key)) throw new Error(`the label ${key} stands twice`);
    if (names.size === mostLabels) throw new Error(`it has more than ${mostLabels} labels`);
    names.add(key);
    pairs.push([key, text]);
    at += whole.length;
  }
  const close = /^[ \t]*\}/.exec(line.slice(at))?.[0];
  if (close === undefined) throw new Error("its labels are malformed");
  return { pairs, end: at + close.length };
}

/** The value of a label as it is written, escapes included; undefined where there is none of that name. */
export function labelOf({ labels }: SampleLine, name: string): string | undefined {
  // Within a value a quotation mark is escaped, so this is found outside of values only.
  return new RegExp(`[{,]${name}="([^"]*)"`).exec(labels)?.[1];
}

/** Of what is too large for a float, Go's `ParseFloat` makes an error, and a scraper refuses all that it is served with. */
export function isNumber(text: string): boolean {
  const found = number.exec(text);
  return found !== null && (found[1] !== undefined || Number.isFinite(Number(text)));
}

function timeOf(text: string, isSeconds: boolean): number {
  const time = Number(text);
  if (!isNumber(text) || !Number.isFinite(time) || Math.abs(time) > 1e15)
    throw new Error("its time is no number");
  return Math.round(isSeconds ? time * 1000 : time);
}

function canonical(value: string): string {
  if (/nan/i.test(value)) return "NaN";
  if (/inf/i.test(value)) return value.startsWith("-") ? "-Inf" : "+Inf";
  return value;
}
