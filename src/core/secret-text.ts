/** What stands in place of a secret. */
export const hiddenValue = "********";

/** Parts of a name, in lower case and without signs, that say that what it stands for is secret. */
const secretParts =
  /pass(?:word|wd|phrase|code)?$|^pw$|pwd|secret|token|apikey|accesskey|privatekey|signingkey|encryptionkey|credential|authorization|cookie|connectionstring|dsn$|salt$|^auth$|^key$|pin$/;

/** Whether a name says that what it stands for is secret. */
export function isSecretName(name: string): boolean {
  return secretParts.test(name.replace(/[^\p{L}\p{N}]/gu, "").toLowerCase());
}

/**
 * The text without the secrets that it shows by itself: passwords within URLs, values of their queries and of
 * assignments (`DB_PASSWORD=…`, `--token=…`) whose names say that they are secret, and private keys.
 */
export function hideInText(text: string): string {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY/.test(text)) return hiddenValue;
  const [assignment, name] = /^-{0,2}([\w.-]+)=/.exec(text) ?? [];
  if (assignment !== undefined && isSecretName(name ?? "")) return assignment + hiddenValue;
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/[^\s/?#:@]*):[^\s/?#]*@/gi, `$1:${hiddenValue}@`)
    .replace(/([?&])([^\s=&#?]+)=[^\s&#]+/g, (all, sign: string, name: string) =>
      isSecretName(name) ? `${sign}${name}=${hiddenValue}` : all,
    );
}

/** A copy in which all texts are without their secrets; of commands, also what follows an option such as `--token`. */
export function hideInTexts(value: unknown): unknown {
  if (typeof value === "string") return hideInText(value);
  if (Array.isArray(value)) {
    return value.map((item, at) => (isSecretOption(value[at - 1]) ? hiddenValue : hideInTexts(item)));
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, hideInTexts(item)]));
}

function isSecretOption(word: unknown): boolean {
  return typeof word === "string" && /^--?[\w.-]+$/.test(word) && isSecretName(word);
}
