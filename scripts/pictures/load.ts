import { connect } from "node:net";

/** Time of one wave of the load, in ms: it comes and goes, as that of users does. */
const wave = 70_000;
const keys = 2_000;

/** What is loaded, on 127.0.0.1. */
export interface LoadTargets {
  readonly memcache: number;
  readonly http: number;
}

/** Loads both ambassadors until the function that is returned is called: some thousand requests per second. */
export function startLoad(targets: LoadTargets): () => Promise<void> {
  const end = new AbortController();
  const clients = [
    ...Array.from({ length: 6 }, () => loadMemcache(targets.memcache, end.signal)),
    ...Array.from({ length: 4 }, () => loadHttp(targets.http, end.signal)),
  ];
  return async () => {
    end.abort();
    await Promise.all(clients);
  };
}

/** Some keys are asked for far more often than others. */
const someKey = (): string => `user:${Math.floor(keys * Math.random() ** 3)}:profile`;

/** From 0.4 to 1. */
const strength = (): number => 0.7 + 0.3 * Math.sin((2 * Math.PI * Date.now()) / wave);

async function loadMemcache(port: number, signal: AbortSignal): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  const answers = socket[Symbol.asyncIterator]();
  while (!signal.aborted) {
    const lines = Array.from({ length: Math.round(12 * strength()) }, () =>
      Math.random() < 0.1 ? `set ${someKey()} 0 0 5\r\nhello\r\n` : `get ${someKey()}\r\n`,
    );
    socket.write(lines.join(""));
    let ends = 0;
    while (ends < lines.length) {
      const { value } = await answers.next();
      ends += String(value).match(/^(END|STORED)\r$/gm)?.length ?? 0;
    }
    await pause(20);
  }
  socket.destroy();
}

async function loadHttp(port: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const headers = { "x-user-id": someKey() };
    await fetch(`http://127.0.0.1:${port}/hello`, { headers }).then((answer) => answer.text());
    await pause(12 / strength());
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
