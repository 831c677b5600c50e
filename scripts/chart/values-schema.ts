import { isGroup, type Json, type Values } from "./value.ts";

/** `values.schema.json` of a chart; `further` are keys that are no values of its own. */
export function valuesSchema(title: string, values: Values, further: Json = {}): Json {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title,
    ...section(values, {
      ...further,
      global: { type: "object", description: "Helm's own: values of all charts." },
    }),
  };
}

function section(values: Values, further: Json = {}): Json {
  const properties = Object.entries(values).map(([name, entry]) => {
    const { description } = entry;
    const { description: _, ...schema } = isGroup(entry) ? section(entry.values) : entry.schema;
    return [name, { description, ...schema }];
  });
  return {
    type: "object",
    additionalProperties: false,
    properties: { ...Object.fromEntries(properties), ...further },
  };
}
