import { formatAddress } from "../core/address.ts";
import type { AppHealthOptions, AppOptions, HealthCheck, TextSource } from "../roles/app/app-options.ts";
import type { AppForm } from "./app-schema.ts";
import { type Path, show } from "./config-error.ts";
import { parseServer } from "./endpoint.ts";
import type { Refuse } from "./refuse.ts";
import { formatDuration, formatSize, toBytes, toMilliseconds, valueOfReading } from "./units.ts";
import type { WellFormed } from "./well-formed.ts";

type HealthForm = NonNullable<AppForm["health"]>;
type SourceForm = NonNullable<AppForm["config"]>;

/** Turns a valid, filled-in form into what the daemon runs on. `resolve` makes paths absolute. */
export function normalizeApp(form: AppForm, resolve: (path: string) => string): AppOptions {
  const { health, metrics, config, ready } = form;
  return {
    health: health && normalizeAppHealth(health, checkOf(health, resolve)),
    metrics: metrics && {
      source: sourceOf(metrics, resolve),
      timeout: toMilliseconds(metrics.timeout),
      limit: toBytes(metrics.limit),
    },
    config: config && sourceOf(config, resolve),
    ready,
  };
}

export function normalizeAppHealth(
  { interval, timeout, threshold }: Pick<HealthForm, "interval" | "timeout" | "threshold">,
  check: HealthCheck,
): AppHealthOptions {
  return { check, interval: toMilliseconds(interval), timeout: toMilliseconds(timeout), threshold };
}

/** The check of a form whose address is valid and has a port. */
export function tcpCheck(address: string): HealthCheck {
  return { kind: "tcp", address: valueOfReading(parseServer(address, 0)) };
}

function checkOf({ http, tcp, exec, file }: HealthForm, resolve: (path: string) => string): HealthCheck {
  if (http !== null) return { kind: "http", url: http };
  if (tcp !== null) return tcpCheck(tcp);
  if (file !== null) return { kind: "file", path: resolve(file) };
  const [command = "", ...args] = exec ?? [];
  return { kind: "exec", command, args };
}

function sourceOf({ http, file }: SourceForm, resolve: (path: string) => string): TextSource {
  return http === null ? { kind: "file", path: resolve(file ?? "") } : { kind: "http", url: http };
}

/** The way back of `normalizeApp`. */
export function appForm({ health, metrics, config, ready }: AppOptions): AppForm {
  return {
    health: health && {
      ...checkForm(health.check),
      interval: formatDuration(health.interval),
      timeout: formatDuration(health.timeout),
      threshold: health.threshold,
    },
    metrics: metrics && {
      ...sourceForm(metrics.source),
      timeout: formatDuration(metrics.timeout),
      limit: formatSize(metrics.limit),
    },
    config: config && sourceForm(config),
    ready,
  };
}

function checkForm(check: HealthCheck): Pick<HealthForm, "http" | "tcp" | "exec" | "file"> {
  return {
    http: check.kind === "http" ? check.url : null,
    tcp: check.kind === "tcp" ? formatAddress(check.address) : null,
    exec: check.kind === "exec" ? [check.command, ...check.args] : null,
    file: check.kind === "file" ? check.path : null,
  };
}

function sourceForm(source: TextSource): SourceForm {
  return {
    http: source.kind === "http" ? source.url : null,
    file: source.kind === "file" ? source.path : null,
  };
}

/** What the schema cannot say: there is one way to each part, and a URL can be asked. */
export function checkApp({ health, metrics, config }: WellFormed<AppForm>, path: Path, refuse: Refuse): void {
  if (health) {
    checkOneWay(
      { http: health.http, tcp: health.tcp, exec: health.exec, file: health.file },
      [...path, "health"],
      refuse,
    );
    checkTcp(health.tcp, [...path, "health", "tcp"], refuse);
    if (health.exec?.[0] === "") refuse([...path, "health", "exec"], "the command is empty");
  }
  for (const [name, part] of [
    ["metrics", metrics],
    ["config", config],
  ] as const) {
    if (part) checkOneWay({ http: part.http, file: part.file }, [...path, name], refuse);
  }
}

function checkOneWay(ways: Readonly<Record<string, unknown>>, path: Path, refuse: Refuse): void {
  const names = Object.keys(ways);
  const given = names.filter((name) => ways[name] !== null);
  // What is malformed has been refused already.
  if (given.some((name) => ways[name] === undefined)) return;
  if (given.length === 0) refuse(path, `give ${names.slice(0, -1).join(", ")} or ${names.at(-1)}`);
  if (given.length > 1) refuse(path, `${given.join(" and ")} are given; give one of them`);
  checkUrl(ways["http"], [...path, "http"], refuse);
}

/** A text that is to be asked for as a URL. */
export function checkUrl(url: unknown, path: Path, refuse: Refuse): void {
  if (typeof url !== "string") return;
  if (!URL.canParse(url) || new URL(url).username !== "" || new URL(url).password !== "")
    refuse(path, `${show(url)} is no URL that can be asked`);
}

export function checkTcp(address: string | null | undefined, path: Path, refuse: Refuse): void {
  if (typeof address !== "string") return;
  // A form of another kind has been refused already.
  if ("reason" in parseServer(address, 0)) refuse(path, `${show(address)} has no port`);
}
