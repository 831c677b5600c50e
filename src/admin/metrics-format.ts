/** `prometheus`: text format 0.0.4, what every scraper reads. `openmetrics`: OpenMetrics 1.0. */
export type MetricsFormat = "prometheus" | "openmetrics";

/**
 * The format that an Accept header asks for (RFC 9110, 12.5.1): OpenMetrics where it is named and the plain text is not
 * liked better. Wildcards and whatever cannot be served mean the plain text: a scraper that is not understood is better
 * served than refused.
 */
export function metricsFormat(accept: string | undefined): MetricsFormat {
  if (accept === undefined) return "prometheus";
  let open = 0;
  let plain = 0;
  for (const range of accept.toLowerCase().split(",", mostRanges)) {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim());
    const version = parameter(parameters, "version");
    const quality = Number(parameter(parameters, "q") ?? 1);
    if (type === "application/openmetrics-text" && (version === undefined || version === "1.0.0"))
      open = Math.max(open, quality);
    if (type === "text/plain") plain = Math.max(plain, quality);
  }
  return open > 0 && open >= plain ? "openmetrics" : "prometheus";
}

/** Prometheus names six; more are not looked at. */
const mostRanges = 32;

function parameter(parameters: readonly string[], name: string): string | undefined {
  const found = parameters.find((parameter) => parameter.startsWith(`${name}=`));
  return found?.slice(name.length + 1).replace(/^"(.*)"$/, "$1");
}
