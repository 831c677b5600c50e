import { strict as assert } from "node:assert";

export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ParsedFamily {
  readonly help: string;
  readonly type: string;
  readonly samples: readonly ParsedSample[];
}

interface Family extends ParsedFamily {
  type: string;
  readonly samples: ParsedSample[];
}

/**
 * Reads Prometheus' text format 0.0.4 strictly (https://prometheus.io/docs/instrumenting/exposition_formats/) and
 * asserts what `promtool check metrics` would: HELP and TYPE before the samples, no family twice, no series twice,
 * `_total` on counters and on nothing else, base units, histograms with rising buckets that agree with `_count`.
 */
export function parsePrometheus(text: string): Map<string, ParsedFamily> {
  assert.ok(text.endsWith("\n"), "the last line must end");
  const families = new Map<string, Family>();
  const series = new Set<string>();
  let current: { name: string; family: Family } | undefined;
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const comment = /^# (HELP|TYPE) ([a-z][a-z0-9_]*) (.+)$/.exec(line);
    if (comment) {
      const [, word, name, rest] = comment as unknown as [string, string, string, string];
      if (word === "HELP") {
        assert.ok(!families.has(name), `${name} stands twice`);
        current = { name, family: { help: rest, type: "", samples: [] } };
        families.set(name, current.family);
      } else {
        assert.ok(
          current?.name === name && current.family.samples.length === 0,
          `TYPE out of place: ${line}`,
        );
        assert.match(rest, /^(counter|gauge|histogram)$/);
        current.family.type = rest;
      }
      continue;
    }
    assert.ok(current !== undefined && current.family.type !== "", `sample before TYPE: ${line}`);
    const sample = parseSample(line);
    const identity = `${sample.name} ${JSON.stringify(Object.entries(sample.labels).sort())}`;
    assert.ok(!series.has(identity), `series twice: ${identity}`);
    series.add(identity);
    const suffix = sample.name.slice(current.name.length);
    assert.ok(sample.name.startsWith(current.name), `${sample.name} under ${current.name}`);
    assert.match(suffix, current.family.type === "histogram" ? /^_(bucket|sum|count)$/ : /^$/, line);
    current.family.samples.push(sample);
  }
  for (const [name, family] of families) checkFamily(name, family);
  return families;
}

function parseSample(line: string): ParsedSample {
  const match = /^([a-z][a-z0-9_]*)(?:\{(.*)\})? (\S+)$/s.exec(line);
  assert.ok(match, `no sample: ${line}`);
  const [, name, list = "", number] = match as unknown as [string, string, string | undefined, string];
  const labels: Record<string, string> = {};
  let rest = list;
  while (rest !== "") {
    const pair = /^([a-z_][a-z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,(?=.)|$)/.exec(rest);
    assert.ok(pair, `bad labels: ${line}`);
    const [whole, label, value] = pair as unknown as [string, string, string];
    assert.ok(!(label in labels), `label twice: ${line}`);
    labels[label] = value.replace(/\\(.)/g, (_, char: string) => (char === "n" ? "\n" : char));
    rest = rest.slice(whole.length);
  }
  assert.match(number, /^(?:[+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf)|Nan)$/i, line);
  return { name, labels, value: Number(number) };
}

function checkFamily(name: string, family: ParsedFamily): void {
  assert.equal(name.endsWith("_total"), family.type === "counter", name);
  assert.doesNotMatch(name, /_(ms|millis|milliseconds|us|kb|kilobytes|counter|gauge|histogram)(_|$)/, name);
  if (family.type === "counter") for (const { value } of family.samples) assert.ok(value >= 0, name);
  if (family.type === "histogram") checkHistogram(name, family);
}

function checkHistogram(name: string, family: ParsedFamily): void {
  const groups = Map.groupBy(family.samples, ({ labels: { le: _, ...labels } }) => JSON.stringify(labels));
  for (const [labels, samples] of groups) {
    const buckets = samples.filter((sample) => sample.name === `${name}_bucket`);
    const limits = buckets.map(({ labels: { le } }) =>
      le === "+Inf" ? Number.POSITIVE_INFINITY : Number(le),
    );
    for (const [i, bucket] of buckets.entries()) {
      if (i === 0) continue;
      assert.ok(limits[i]! > limits[i - 1]!, `bounds of ${name}${labels} must rise`);
      assert.ok(bucket.value >= buckets[i - 1]!.value, `buckets of ${name}${labels} must not fall`);
    }
    assert.equal(limits.at(-1), Number.POSITIVE_INFINITY, `${name}${labels} needs +Inf`);
    const count = samples.find((sample) => sample.name === `${name}_count`);
    assert.equal(count?.value, buckets.at(-1)?.value, `${name}${labels}: count`);
    assert.ok(samples.some((sample) => sample.name === `${name}_sum`));
  }
}
