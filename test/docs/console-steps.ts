/** A command of a page and what the page says that it prints. */
export interface ConsoleStep {
  readonly command: string;
  readonly output: string;
}

/** The commands of a page's `console` blocks, in order: lines after `$ `, with a here-document to its `END`. */
export function consoleSteps(page: string): ConsoleStep[] {
  const blocks = [...page.matchAll(/^```console\n(.*?)^```$/gms)].map(([, text]) => text!);
  return blocks.flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((text) => {
        const end = text.includes("<<'END'") ? text.indexOf("\nEND\n") + 4 : text.indexOf("\n");
        return { command: text.slice(0, end), output: text.slice(end + 1) };
      }),
  );
}

/** Whether what was printed is what a page shows; `…` on the page stands for anything. */
export function matchesOutput(printed: string, onPage: string): boolean {
  const parts = onPage.trim().split("…");
  const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${parts.map(literal).join("[^]*")}$`).test(printed.trim());
}
