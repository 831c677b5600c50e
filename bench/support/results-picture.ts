import { isPodmate } from "./report.ts";
import { type BenchResults, type ContenderResult, figure, ratio, type ScenarioResult } from "./results.ts";
import { barChart } from "./svg-bars.ts";

/** The words of a picture. */
export interface PictureTexts {
  readonly title: string;
  /** What was measured, in a few words. */
  readonly setting: string;
  /** The peer whose figure is 1. */
  readonly reference: string;
}

/** CPU per request of every contender in every scenario, as an SVG document. */
export function resultsPicture(results: BenchResults, texts: PictureTexts): string {
  const { environment, method } = results;
  const named = results.scenarios[0] && referenceOf(results.scenarios[0], texts.reference);
  return barChart({
    title: texts.title,
    subtitle: `${texts.setting}; ${environment.cpu}, ${environment.cores} cores; median of ${method.rounds} rounds`,
    reference: named?.name ?? "",
    groups: results.scenarios.map((scenario) => ({
      title: scenario.title,
      bars: scenario.contenders.map((contender) => {
        const relative = ratio(contender, referenceOf(scenario, texts.reference) ?? contender, "cpu");
        return {
          label: contender.name,
          value: relative,
          note: `${figure(contender, "cpu").median.toFixed(1)} µs  (${relative.toFixed(2)})`,
          ours: isPodmate(contender),
        };
      }),
    })),
  });
}

/** The peer that is asked for, or else the first that is not podmate. */
function referenceOf({ contenders }: ScenarioResult, wanted: string): ContenderResult | undefined {
  return (
    contenders.find(({ name }) => name === wanted) ??
    contenders.find((contender) => !isPodmate(contender)) ??
    contenders[0]
  );
}
