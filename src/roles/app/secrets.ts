import { hiddenValue, hideInText, isSecretName } from "../../core/secret-text.ts";

/** Deeper than any configuration that people read. */
const deepest = 64;

/** The app's configuration is nested deeper than is looked into. */
export class TooDeep extends Error {}

/**
 * A copy in which whatever stands under a key that says that it is secret is hidden, and so are passwords within URLs and
 * private keys wherever they stand. It goes by names, so a secret under a name that says nothing is shown. Throws TooDeep.
 */
export function hideSecrets(value: unknown, depth = 0): unknown {
  if (depth > deepest) throw new TooDeep(`it is nested more than ${deepest} deep`);
  if (typeof value === "string") return hideInText(value);
  if (Array.isArray(value)) return value.map((item) => hideSecrets(item, depth + 1));
  if (typeof value !== "object" || value === null) return value;
  const isPair = namesSecret(value);
  const entries = Object.entries(value).map(([key, item]) => {
    const isHidden = item !== null && (isSecretName(key) || (isPair && key === "value"));
    return [key, isHidden ? hiddenValue : hideSecrets(item, depth + 1)] as const;
  });
  return Object.fromEntries(entries);
}

/** Whether it is of the form `{name: DB_PASSWORD, value: …}`, as variables of a container are written. */
function namesSecret(map: object): boolean {
  const { name, key } = map as Readonly<Record<"name" | "key", unknown>>;
  return [name, key].some((each) => typeof each === "string" && isSecretName(each));
}
