/** An instruction of a Dockerfile. */
export interface Instruction {
  /** In capitals. */
  readonly name: string;
  /** All that follows, on one line. */
  readonly text: string;
}

/** The instructions of a Dockerfile in their order, without comments. Here-documents and parser directives are not known. */
export function parseDockerfile(source: string): Instruction[] {
  const lines = source.split("\n").filter((line) => !/^\s*(?:#|$)/.test(line));
  return lines
    .join("\n")
    .replace(/\s*\\\n\s*/g, " ")
    .split("\n")
    .map((line) => {
      const [, name, text] = /^\s*([A-Za-z]+)\s+(.*?)\s*$/.exec(line) ?? [];
      if (name === undefined || text === undefined) throw new Error(`no instruction: ${line}`);
      return { name: name.toUpperCase(), text };
    });
}

/** The instructions of each stage; its first is FROM. */
export function stagesOf(instructions: readonly Instruction[]): Instruction[][] {
  const stages: Instruction[][] = [];
  for (const instruction of instructions) {
    if (instruction.name === "FROM") stages.push([]);
    const stage = stages.at(-1);
    if (stage === undefined) throw new Error(`${instruction.name} stands before FROM`);
    stage.push(instruction);
  }
  return stages;
}

/** What the only instruction of that name says; throws where there is none, or a second one. */
export function only(stage: readonly Instruction[], name: string): string {
  const [found, second] = stage.filter((instruction) => instruction.name === name);
  if (found === undefined || second !== undefined) throw new Error(`${second ? "two" : "no"} ${name}`);
  return found.text;
}

/** The words of an instruction in exec form, as of `CMD ["a", "b"]`; throws if it is in shell form. */
export function execForm(text: string): readonly string[] {
  const words: unknown = JSON.parse(text);
  if (!Array.isArray(words) || !words.every((word) => typeof word === "string"))
    throw new Error(`not in exec form: ${text}`);
  return words;
}

/** Names and values of ENV or LABEL. */
export function pairsOf(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/([\w.]+)=(?:"([^"]*)"|(\S*))/g)];
  return Object.fromEntries(pairs.map(([, name = "", quoted, bare = ""]) => [name, quoted ?? bare]));
}
