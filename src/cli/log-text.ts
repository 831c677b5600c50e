/** A line of the log as the daemon sends it. */
interface Line {
  readonly sequence: number;
  readonly level: string;
  readonly time: string;
  readonly module: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** SGR codes by level: grey, none, yellow, red. */
const colours: Readonly<Record<string, string>> = {
  trace: "90",
  debug: "90",
  warn: "33",
  error: "31",
  fatal: "1;31",
};

/** What stands before the fields, or says nothing to a reader. */
const shown = new Set(["sequence", "level", "time", "module", "msg"]);

/** A line of `/logs` for people: `time LEVEL module  message  field=value`. Whatever is in it, no terminal obeys it. */
export function logText(json: string, colour: boolean): string {
  const line = JSON.parse(json) as Line | { readonly dropped: number };
  if (typeof line["dropped"] === "number" && !("msg" in line)) {
    return `(${line["dropped"]} lines are missing here, which are not kept any more)`;
  }
  const { level, time, module, msg, ...rest } = line as Line;
  const code = colour ? colours[level] : undefined;
  const name = level.toUpperCase().padEnd(5);
  const fields = Object.entries(rest)
    .filter(([field]) => !shown.has(field))
    .map(([field, value]) => `  ${harmless(field)}=${harmless(fieldText(value))}`);
  const head = `${time} ${code === undefined ? name : `\x1b[${code}m${name}\x1b[0m`} ${module}`;
  return `${head}  ${harmless(msg)}${fields.join("")}`;
}

function fieldText(value: unknown): string {
  if (typeof value === "string") return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
  // An error's stack is for `--json`.
  const message = (value as { readonly message?: unknown } | null)?.message;
  return JSON.stringify(typeof message === "string" ? message : value);
}

/** Control characters as escapes, those of 8 bits too. */
export function harmless(text: string): string {
  return text.replace(/\p{Cc}/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
