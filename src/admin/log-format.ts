import type { RecentLine } from "../observe/recent-log.ts";

/** How a stream of lines is written. */
export interface LogFormat {
  readonly type: string;
  line(line: RecentLine): string;
  /** Says that lines are missing here. */
  dropped(count: number): string;
  /** Says nothing, and that the stream is alive. */
  readonly keepAlive: string;
}

/** The line with its number in front: still JSON, and not parsed for it. */
export function numbered({ sequence, text }: RecentLine): string {
  return `{"sequence":${sequence},${text.slice(1)}`;
}

/** Server-sent events (WHATWG HTML, chapter 9.2). The id is the number to go on from. */
export const eventStream: LogFormat = {
  type: "text/event-stream",
  line: (line) => `id: ${line.sequence}\ndata: ${numbered(line)}\n\n`,
  dropped: (count) => `event: dropped\ndata: {"dropped":${count}}\n\n`,
  keepAlive: ": keep-alive\n\n",
};

/** A JSON object per line; an empty line means nothing. */
export const ndjson: LogFormat = {
  type: "application/x-ndjson",
  line: (line) => `${numbered(line)}\n`,
  dropped: (count) => `{"dropped":${count}}\n`,
  keepAlive: "\n",
};
