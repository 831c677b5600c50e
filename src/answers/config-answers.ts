import type { ChangeOptions, ChangeView, ConfigApi, ConfigView } from "../admin/routes/config.ts";
import type { ReloadResult } from "../lifecycle/reload.ts";
import type { AnswerParts } from "./admin-answers.ts";

/** What is in force, and what replaces it. */
export function configAnswers({ reloader, source, ambassador }: AnswerParts): ConfigApi {
  // Versions count from 1 in each process; a tag from before a restart must not fit.
  const started = Math.round(performance.timeOrigin).toString(36);
  const etagOf = (version: number): string => `"${version}-${started}"`;

  const options = ({ dryRun, ifMatch }: ChangeOptions) => ({
    dryRun,
    expects: (version: number) => ifMatch === null || ifMatch === "*" || ifMatch.includes(etagOf(version)),
  });

  function view(result: ReloadResult, dryRun: boolean): ChangeView {
    const { version, source: ruling, origin, changes, needs_restart, notes, errors, failure } = result;
    const etag = etagOf(version);
    const rule = ruleOf(ruling, source);
    const told = { changes: [...changes], needs_restart: [...needs_restart], notes: [...notes], errors };
    return { version, etag, dry_run: dryRun, source: ruling, origin, rule, ...told, failure };
  }

  return {
    async effective(): Promise<ConfigView> {
      const { describeConfig } = await import("../config/describe-config.ts");
      const needs_restart = await reloader.needsRestart();
      const { current, config, last } = reloader;
      const described = describeConfig(config);
      return {
        version: current.version,
        etag: etagOf(current.version),
        source: current.source,
        origin: current.origin,
        file: source.file,
        rule: ruleOf(current.source, source),
        since_unix_ms: current.at,
        needs_restart: [...needs_restart],
        config: described.config,
        defaults: [...described.defaults],
        overrides: ambassador.overrides.map(({ since, ...change }) => ({ ...change, since_unix_ms: since })),
        last_reload: last && lastReload(last),
      };
    },
    versions: () => ({
      versions: reloader.versions.toReversed().map((each) => ({
        version: each.version,
        in_force: each === reloader.current,
        source: each.source,
        origin: each.origin,
        trigger: each.trigger,
        since_unix_ms: each.at,
        changes: [...each.changes],
      })),
    }),
    schema: async () => (await import("../config/json-schema.ts")).jsonSchema(),
    waiting: () => reloader.waiting,
    async reload({ force, ...asked }) {
      const result = await reloader.reload("POST /config/reload", { ...options(asked), force });
      return view(result, asked.dryRun);
    },
    async put(text, asked) {
      const document = { format: "podmate", text } as const;
      return view(await reloader.put(document, "PUT /config", options(asked)), asked.dryRun);
    },
    async rollback(version, asked) {
      const result = await reloader.rollback("POST /config/rollback", version, options(asked));
      return view(result, asked.dryRun);
    },
  };
}

function lastReload(last: ReloadResult): NonNullable<ConfigView["last_reload"]> {
  const { ok, trigger, at, version, changes, needs_restart, notes, errors } = last;
  const lines = { changes, needs_restart, notes, errors };
  const copies = Object.fromEntries(Object.entries(lines).map(([name, each]) => [name, [...each]]));
  return { ok, trigger, at_unix_ms: at, version, ...(copies as Record<keyof typeof lines, string[]>) };
}

/** Which source is in force, for people. */
function ruleOf(ruling: ReloadResult["source"], { origin, file }: AnswerParts["source"]): string {
  if (ruling === "file") {
    return file === null
      ? `${origin} is in force`
      : `${origin} is in force; podmate reloads it when it changes`;
  }
  const until = file === null ? "" : `${origin} changes or `;
  return (
    `this configuration was pushed at run time; it stays in force until ${until}podmate restarts. ` +
    `\`podmate reload --force\` returns to ${file === null ? origin : "the file"} now`
  );
}
