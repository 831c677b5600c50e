/** Colours of SGR codes, on a dark background. */
const colours: Readonly<Record<string, string>> = {
  "31": "#ff8f86",
  "32": "#7fd18b",
  "33": "#f0b653",
  "36": "#7fb2f7",
};

/** What stands on a terminal after the last page of `podmate top`, as a document that looks like it. */
export function terminalHtml(output: string): string {
  const page = output.slice(output.lastIndexOf("\x1b[H"));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what is drawn is told from how
  const parts = page.split(/\x1b\[([?\d;]*)([A-Za-z])/);
  let html = escaped(parts[0]!);
  let codes: readonly string[] = [];
  for (let i = 1; i < parts.length; i += 3) {
    if (parts[i + 1] === "m") codes = codesAfter(codes, parts[i]!);
    html += `<span style="${styleOf(codes)}">${escaped(parts[i + 2]!)}</span>`;
  }
  return `<!doctype html><meta charset="utf-8"><style>
    body { margin: 0; background: #14171b; }
    pre { display: inline-block; margin: 0; padding: 18px 22px; color: #d6dbe1; font: 14px/1.42 "DejaVu Sans Mono", monospace; }
    </style><pre>${html}</pre>`;
}

function codesAfter(before: readonly string[], given: string): readonly string[] {
  let codes = before;
  for (const code of given === "" ? ["0"] : given.split(";")) codes = code === "0" ? [] : [...codes, code];
  return codes;
}

function styleOf(codes: readonly string[]): string {
  const colour = codes.map((code) => colours[code]).find((each) => each !== undefined);
  return [
    ...(colour === undefined ? [] : [`color:${colour}`]),
    ...(codes.includes("1") ? ["font-weight:700;color:#fff"] : []),
    ...(codes.includes("2") ? ["color:#8b95a1"] : []),
  ].join(";");
}

function escaped(text: string): string {
  return text.replaceAll("\r", "").replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
