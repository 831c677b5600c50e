/**
 * One `stats` reply out of those of several servers: counters of the same name are added up, anything else, such as what
 * `cachedump` tells of an item, is taken from the first server that has it. Ages, times and sizes, which would mean nothing
 * as a sum, are the largest of them.
 */
export function combineStats(replies: readonly string[]): string {
  const only = replies.length === 1 ? replies[0] : undefined;
  if (only !== undefined) return only;
  const lines = replies
    .flatMap((reply) => reply.split("\r\n"))
    .filter((line) => line !== "" && line !== "END");
  // OK and RESET: the same from all.
  if (!lines.some((line) => /^(STAT|PREFIX|ITEM) /.test(line)))
    return lines[0] === undefined ? "END\r\n" : `${lines[0]}\r\n`;
  const merged = new Map<string, string[]>();
  for (const line of lines) {
    const [kind = "", name = "", ...values] = line.split(" ");
    const key = `${kind} ${name}`;
    const before = merged.get(key);
    merged.set(
      key,
      before === undefined
        ? values
        : kind === "ITEM"
          ? before
          : before.map((value, i) => add(name, value, values[i] ?? "")),
    );
  }
  return `${[...merged].map(([key, values]) => `${key} ${values.join(" ")}\r\n`).join("")}END\r\n`;
}

const whole = /^-?\d+$/;
/** Words of a name, as in `items:1:age_hot` and `22:secs_since_last_cmd`, that make its number none to be added. */
const notAdded = /(?:^|[:_])(?:age|time|uptime|secs|version|pid|size|chunks_per_page)(?:$|_)/;

function add(name: string, a: string, b: string): string {
  if (!whole.test(a) || !whole.test(b)) return a;
  const [x, y] = [BigInt(a), BigInt(b)];
  if (notAdded.test(name)) return `${x > y ? x : y}`;
  return `${x + y}`;
}
