import { barChart } from "../support/svg-bars.ts";
import { isPodmate } from "./report.ts";
import { type BenchResults, type ContenderResult, figure, ratio, type ScenarioResult } from "./results.ts";

/** The peer whose CPU per request is 1 in the picture: twemproxy, or else the first that is not podmate. */
function referenceOf({ contenders }: ScenarioResult): ContenderResult | undefined {
  return (
    contenders.find(({ name }) => name === "twemproxy") ??
    contenders.find((contender) => !isPodmate(contender)) ??
    contenders[0]
  );
}

/** CPU per request of every contender in every scenario, as an SVG document. */
export function memcachePicture(results: BenchResults): string {
  const { environment, method } = results;
  return barChart({
    title: "CPU per memcache request, shorter is better",
    subtitle: `4 memcached servers, 10 % sets; ${environment.cpu}, ${environment.cores} cores; median of ${method.rounds} rounds`,
    reference: results.scenarios[0] ? (referenceOf(results.scenarios[0])?.name ?? "") : "",
    groups: results.scenarios.map((scenario) => ({
      title: scenario.title,
      bars: scenario.contenders.map((contender) => {
        const relative = ratio(contender, referenceOf(scenario) ?? contender, "cpu");
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
