/**
 * Replaces what stands between `<!-- generated: NAME -->` and `<!-- end: NAME -->` by `content`.
 * Throws if the markers are missing or in the wrong order.
 */
export function replaceGenerated(document: string, name: string, content: string): string {
  const begin = `<!-- generated: ${name} -->`;
  const end = `<!-- end: ${name} -->`;
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the document has no place for "${name}"`);
  return `${document.slice(0, from + begin.length)}\n\n${content.trim()}\n\n${document.slice(to)}`;
}
