import { hiddenValue, hideInTexts } from "../core/secret-text.ts";
import type { Config } from "./config.ts";
import { formOf, shortFormOf } from "./config-form.ts";
import { type ConfigForm, schema } from "./schema.ts";
import { defaultPaths, spellOut } from "./trim-defaults.ts";

/** A running configuration for people and tools. */
export interface Description {
  readonly version: number;
  /** Every setting, in the operator's form, secrets hidden; what is off is false, what is absent is left out. */
  readonly config: unknown;
  /** Paths of the settings that are at their default. */
  readonly defaults: readonly string[];
}

/** The effective configuration, as `GET /config` shows it. */
export function describeConfig(config: Config): Description {
  const form = formOf(config);
  return {
    version: config.snapshot.version,
    config: hideInTexts(spellOut(schema, hideSecrets(form))),
    defaults: defaultPaths(schema, shortFormOf(config)),
  };
}

/** A copy of a form with passwords replaced by asterisks. */
function hideSecrets(form: ConfigForm): ConfigForm {
  const hide = <T extends { password: string | null }>(account: T): T => ({
    ...account,
    password: hiddenValue,
  });
  return {
    ...form,
    memcache: form.memcache.map((listener) => ({
      ...listener,
      auth: listener.auth === null ? null : listener.auth.map(hide),
    })),
    pools: Object.fromEntries(
      Object.entries(form.pools).map(([name, pool]) => [
        name,
        { ...pool, auth: pool.auth && hide(pool.auth) },
      ]),
    ),
  };
}
