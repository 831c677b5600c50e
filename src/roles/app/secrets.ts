/** What stands in place of a secret. */
export const hiddenValue = "********";

/** Parts of a key, in lower case and without signs, that say that what it stands for is secret. */
const secretParts =
  /pass(?:word|wd|phrase|code)?$|^pw$|pwd|secret|token|apikey|accesskey|privatekey|signingkey|encryptionkey|credential|authorization|cookie|connectionstring|dsn$|salt$|^auth$|^key$|pin$/;

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
  if (typeof value === "string") return hideWithin(value);
  if (Array.isArray(value)) return value.map((item) => hideSecrets(item, depth + 1));
  if (typeof value !== "object" || value === null) return value;
  const isPair = namesSecret(value);
  const entries = Object.entries(value).map(([key, item]) => {
    const isHidden = item !== null && (isSecret(key) || (isPair && key === "value"));
    return [key, isHidden ? hiddenValue : hideSecrets(item, depth + 1)] as const;
  });
  return Object.fromEntries(entries);
}

/** Whether it is of the form `{name: DB_PASSWORD, value: …}`, as variables of a container are written. */
function namesSecret(map: object): boolean {
  const { name, key } = map as Readonly<Record<"name" | "key", unknown>>;
  return [name, key].some((each) => typeof each === "string" && isSecret(each));
}

export function isSecret(key: string): boolean {
  return secretParts.test(key.replace(/[^\p{L}\p{N}]/gu, "").toLowerCase());
}

function hideWithin(text: string): string {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY/.test(text)) return hiddenValue;
  // As variables and options are written in lists: `DB_PASSWORD=…`, `--token=…`.
  const [assignment, key] = /^-{0,2}([\w.-]+)=/.exec(text) ?? [];
  if (assignment !== undefined && isSecret(key ?? "")) return assignment + hiddenValue;
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/[^\s/?#:@]*):[^\s/?#]*@/gi, `$1:${hiddenValue}@`);
}
