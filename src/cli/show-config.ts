import { stringify } from "yaml";
import type { ConfigView, VersionsView } from "../admin/routes/config.ts";
import { formatPath } from "../config/config-error.ts";
import { AdminClient } from "./admin-client.ts";
import { type ExitCode, exitCode, type Invocation, type Terminal } from "./verb.ts";

/** `podmate config` */
export async function showConfig(invocation: Invocation, terminal: Terminal): Promise<ExitCode> {
  const { flags } = invocation;
  const client = new AdminClient(invocation, terminal);
  const json = flags["json"] === true;
  if (flags["versions"] === true) {
    const view = await client.json<VersionsView>("/config/versions");
    terminal.out(json ? asJson(view) : versionList(view));
  } else {
    const view = await client.json<ConfigView>("/config");
    terminal.out(json ? asJson(view) : asYaml(view, flags["defaults"] === true));
  }
  return exitCode.done;
}

function asJson(view: object): string {
  return `${JSON.stringify(view, null, 2)}\n`;
}

/** As a file, with what else is to be known of it in comments. */
function asYaml(view: ConfigView, withDefaults: boolean): string {
  const { version, origin, since_unix_ms: since, needs_restart, overrides, rule } = view;
  const comments = [
    `version ${version} from ${origin}, in force since ${new Date(since).toISOString()}`,
    rule,
    ...(needs_restart.length > 0 ? [`takes effect only after a restart: ${needs_restart.join(", ")}`] : []),
    ...overrides.map(({ pool, server, state, weight }) => {
      const what = [state, weight === null ? null : `weight ${weight}`].filter(Boolean).join(", ");
      return `set by hand, not from here: ${pool}/${server}: ${what}`;
    }),
  ];
  const config = withDefaults ? view.config : without(view.config, new Set(view.defaults), "");
  return `${comments.map((line) => `# ${line}\n`).join("")}${stringify(config ?? {}, { lineWidth: 0 })}`;
}

/** A copy of `value` without the settings at `paths`; undefined where nothing of it is left. */
function without(value: unknown, paths: ReadonlySet<string>, at: string): unknown {
  if (paths.has(at)) return undefined;
  if (Array.isArray(value)) return value.map((item, index) => without(item, paths, `${at}[${index}]`) ?? {});
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value)
    .map(([key, item]) => [key, without(item, paths, joined(at, key))] as const)
    .filter(([, item]) => item !== undefined);
  return kept.length === 0 && at !== "" ? undefined : Object.fromEntries(kept);
}

function joined(at: string, key: string): string {
  const step = formatPath([key]);
  return at === "" || step.startsWith("[") ? `${at}${step}` : `${at}.${step}`;
}

/** The newest first. */
function versionList({ versions }: VersionsView): string {
  const lines = versions.map(({ version, in_force, origin, since_unix_ms: since, changes }) => {
    const mark = in_force ? " (in force)" : "";
    return `version ${version}${mark}, ${new Date(since).toISOString()}, from ${origin}\n${changes.map((change) => `  ${change}\n`).join("")}`;
  });
  return lines.join("");
}
