/** Cuts what a client sends into HTTP/1.1 requests, each with its body; latin1. It trusts that they are well framed. */
export class HttpFramer {
  #pending = "";

  /** The requests that these bytes complete. */
  push(chunk: Buffer): string[] {
    this.#pending += chunk.toString("latin1");
    const requests: string[] = [];
    for (let end = firstEnd(this.#pending); end > 0; end = firstEnd(this.#pending)) {
      requests.push(this.#pending.slice(0, end));
      this.#pending = this.#pending.slice(end);
    }
    return requests;
  }
}

/** Where the first request ends, or 0 while it is not complete. */
function firstEnd(text: string): number {
  const headEnd = text.indexOf("\r\n\r\n") + 4;
  if (headEnd < 4) return 0;
  const head = text.slice(0, headEnd);
  if (/^transfer-encoding: *chunked\r$/im.test(head)) return chunkedEnd(text, headEnd);
  const length = Number(/^content-length: *(\d+)\r$/im.exec(head)?.[1] ?? 0);
  return text.length >= headEnd + length ? headEnd + length : 0;
}

function chunkedEnd(text: string, start: number): number {
  let at = start;
  for (;;) {
    const line = text.indexOf("\r\n", at);
    if (line < 0) return 0;
    const size = Number.parseInt(text.slice(at, line), 16);
    at = line + 2;
    if (size > 0) at += size + 2;
    else return trailersEnd(text, at);
  }
}

function trailersEnd(text: string, start: number): number {
  if (text.startsWith("\r\n", start)) return start + 2;
  const end = text.indexOf("\r\n\r\n", start);
  return end < 0 ? 0 : end + 4;
}
