import { parseAllDocuments } from "yaml";
import { hideSecrets } from "./secrets.ts";

/** What the program answers: JSON, or why there is none. */
export type YamlAnswer = { readonly json: string } | { readonly error: string };

/** Aliases can make much of little. In characters. */
const longestJson = 2 ** 20;

/** Program of the process that reads an app's YAML and ends; see `read-yaml.ts`. */
process.once("message", (text: string) => {
  process.send?.(answer(text), () => process.disconnect?.());
});

function answer(text: string): YamlAnswer {
  try {
    const documents = parseAllDocuments(text, { uniqueKeys: false, logLevel: "silent" });
    if (documents.length === 0 || documents.some(({ errors }) => errors.length > 0)) return { error: "" };
    const values: unknown[] = documents.map((document) => document.toJS({ maxAliasCount: 100 }));
    // Any text is YAML; nothing is known of what is in it.
    if (values.some((value) => typeof value !== "object" || value === null)) return { error: "" };
    const json = JSON.stringify(hideSecrets(values.length === 1 ? values[0] : values));
    return json.length > longestJson
      ? { error: `it comes to more than ${longestJson} characters` }
      : { json };
  } catch (error) {
    return { error: (error as Error).message };
  }
}
