import type { AppFamily } from "./metrics-text.ts";

/** `prometheus`: text format 0.0.4. `openmetrics`: OpenMetrics 1.0, without the `# EOF` at its end. */
export type MetricsForm = "prometheus" | "openmetrics";

/** The app's metrics as a scraper is served them, each family in one piece. */
export function writeMetrics(families: readonly AppFamily[], form: MetricsForm): string {
  if (form === "prometheus") return families.map(writePlain).join("");
  const names = new Set(families.map(({ name }) => name));
  return families.map((family) => writeOpen(family, names)).join("");
}

function writePlain({ name, type, help, samples }: AppFamily): string {
  const said = help === null ? "" : `# HELP ${name} ${escaped(help)}\n`;
  const lines = samples.map(
    ({ name, labels, value, at }) => `${name}${labels} ${value}${at === null ? "" : ` ${at}`}\n`,
  );
  return `${said}# TYPE ${name} ${type}\n${lines.join("")}`;
}

/**
 * In OpenMetrics a counter's family has no suffix, and its samples must have one: what is called otherwise is a number of
 * which no more is known, and so is a counter whose name without it is another's.
 */
function writeOpen({ name, type, help, samples }: AppFamily, names: ReadonlySet<string>): string {
  const short = name.replace(/_total$/, "");
  const isCounter = type === "counter" && short !== name && !names.has(short);
  const family = isCounter ? short : name;
  const kind = type === "untyped" || (type === "counter" && !isCounter) ? "unknown" : type;
  const said = help === null ? "" : `# HELP ${family} ${escaped(help).replaceAll('"', '\\"')}\n`;
  const lines = samples.map(
    ({ name, labels, value, at }) => `${name}${labels} ${value}${at === null ? "" : ` ${at / 1000}`}\n`,
  );
  return `# TYPE ${family} ${kind}\n${said}${lines.join("")}`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}
