import { type ConfigError, formatConfigError } from "../config/config-error.ts";
import { type ConfigRead, readEitherConfig } from "../config/read-config.ts";
import { CannotGoOn } from "./cannot-go-on.ts";
import { configInput } from "./config-input.ts";
import { plural } from "./plural.ts";
import { type ExitCode, exitCode, type Invocation, type Terminal } from "./verb.ts";

/** What a check has found, as `--json` prints it. */
interface Findings {
  readonly ok: boolean;
  readonly file: string;
  readonly format: "podmate" | "twemproxy";
  readonly listeners: number;
  readonly pools: number;
  readonly errors: readonly ConfigError[];
  readonly warnings: readonly ConfigError[];
}

/** `podmate check [FILE]` */
export async function check(invocation: Invocation, terminal: Terminal): Promise<ExitCode> {
  const { flags } = invocation;
  const input = await configInput(fileOf(invocation), terminal);
  const skipRedis = flags["skip-redis"] === true;
  const read = await readEitherConfig({ ...input, skipRedis, thorough: true }, terminal.env);
  const findings = findingsOf(read, input.origin, read.format, flags["strict"] === true);
  if (flags["json"] === true) terminal.out(`${JSON.stringify(findings, null, 2)}\n`);
  else report(findings, terminal);
  return findings.ok ? exitCode.done : exitCode.badConfig;
}

function fileOf({ flags, words }: Invocation): string {
  const files = [flags["config"], ...words].filter((file) => typeof file === "string");
  const [file, other] = files;
  if (file !== undefined && other === undefined) return file;
  const message = file === undefined ? "FILE is needed" : "give one file, as FILE or by --config";
  throw new CannotGoOn(exitCode.usage, `podmate: ${message}: podmate check FILE`);
}

function findingsOf(read: ConfigRead, file: string, format: Findings["format"], strict: boolean): Findings {
  if (!read.ok) {
    return { ok: false, file, format, listeners: 0, pools: 0, errors: read.errors, warnings: [] };
  }
  const { memcache, http = [], pools } = read.config.snapshot;
  return {
    ok: !strict || read.warnings.length === 0,
    file,
    format,
    listeners: memcache.length + http.length,
    pools: Object.keys(pools).length,
    errors: [],
    warnings: read.warnings,
  };
}

function report(
  { ok, file, format, listeners, pools, errors, warnings }: Findings,
  terminal: Terminal,
): void {
  for (const error of errors) terminal.err(`${formatConfigError(error)}\n`);
  for (const warning of warnings) terminal.err(`${formatConfigError(warning)} (warning)\n`);
  const few = [
    ...(errors.length > 0 ? [plural(errors.length, "error")] : []),
    ...(warnings.length > 0 ? [plural(warnings.length, "warning")] : []),
  ].join(" and ");
  if (!ok) {
    terminal.err(`podmate: ${few} in ${file}\n`);
    return;
  }
  const form = format === "twemproxy" ? " (twemproxy's form: run it with --twemproxy)" : "";
  const but = few === "" ? "" : `, with ${few}`;
  terminal.out(`${file} is good${but}: ${plural(listeners, "listener")}, ${plural(pools, "pool")}${form}\n`);
}
