/** What of the configuration is shown: `/config`, with secrets hidden already. */
export interface ShownConfig {
  readonly config: unknown;
  /** Paths of settings that are at their default. */
  readonly defaults: readonly string[];
  readonly origin: string;
}

export interface PropertySource {
  readonly name: string;
  readonly properties: Readonly<Record<string, { readonly value: unknown }>>;
}

/** The settings as Actuator tells properties: flat names such as `pools.api.servers[0].weight`, in order of precedence. */
export function propertySources({ config, defaults, origin }: ShownConfig): PropertySource[] {
  const isDefault = new Set(defaults);
  const all = flat(config, "", false, (path) => isDefault.has(path));
  const properties = (wanted: boolean) =>
    Object.fromEntries(
      all.filter(({ isDefault }) => isDefault === wanted).map(({ path, value }) => [path, { value }]),
    );
  return [
    { name: origin, properties: properties(false) },
    { name: "defaults", properties: properties(true) },
  ];
}

interface Property {
  readonly path: string;
  readonly value: unknown;
  readonly isDefault: boolean;
}

/** A setting whose parent is at its default is so, too. */
function flat(
  value: unknown,
  path: string,
  given: boolean,
  defaulted: (path: string) => boolean,
): Property[] {
  const isDefault = given || defaulted(path);
  if (typeof value !== "object" || value === null) return [{ path, value, isDefault }];
  const parts = Array.isArray(value)
    ? value.map((part, at): [string, unknown] => [`${path}[${at}]`, part])
    : Object.entries(value).map(([name, part]): [string, unknown] => [
        path === "" ? name : `${path}.${name}`,
        part,
      ]);
  return parts.flatMap(([inner, part]) => flat(part, inner, isDefault, defaulted));
}

/** One bean for each section at the top. */
export function configProps({ config }: ShownConfig): object {
  const sections = Object.entries((config ?? {}) as Record<string, unknown>);
  const beans = sections.map(([prefix, value]) => {
    const properties = typeof value === "object" && value !== null ? value : { value };
    return [prefix, { prefix, properties, inputs: {} }] as const;
  });
  return { contexts: { podmate: { beans: Object.fromEntries(beans), parentId: null } } };
}
