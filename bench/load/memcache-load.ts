import { KeySpace } from "./key-space.ts";
import { LoadClient, type LoadContext } from "./load-client.ts";
import { type LoadOptions, loadHelp, parseLoadOptions } from "./load-options.ts";
import type { LoadResult } from "./load-result.ts";
import { Tally } from "./tally.ts";
import { sampleUsage, usageBetween } from "./usage-sample.ts";

const readBufferBytes = 256 * 1024;
const timeoutCheckMs = 100;
const longestFarewellMs = 2000;

/** Runs the load: connect, preload, warm up, measure, wait for the last answers. */
async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const tally = new Tally();
  const context: LoadContext = {
    options,
    keys: new KeySpace({ ...options, count: options.keys }),
    tally,
    readBuffer: Buffer.allocUnsafeSlow(readBufferBytes),
    running: false,
    nextPreload: -1,
  };
  let onIdle = (): void => undefined;
  const clients = Array.from({ length: options.clients }, (_, number) => {
    return new LoadClient(context, number, () => onIdle());
  });
  const allIdle = (): Promise<void> => {
    let busy = clients.length;
    return new Promise((resolve) => {
      onIdle = () => {
        busy--;
        if (busy === 0) resolve();
      };
    });
  };
  const timeoutCheck = setInterval(() => {
    const now = performance.now();
    for (const client of clients) client.checkTimeout(now);
  }, timeoutCheckMs);

  await Promise.all(clients.map((client) => client.connect()));
  if (options.preload) {
    context.nextPreload = 0;
    const loaded = allIdle();
    for (const client of clients) client.send();
    await loaded;
  }
  context.running = true;
  const idle = allIdle();
  for (const client of clients) client.send();
  await pause(options.warmup * 1000);

  tally.clear();
  const before = sampleUsage(options.watch);
  await ended(options, tally);
  const after = sampleUsage(options.watch);
  const report = tally.report();

  context.running = false;
  await Promise.race([idle, pause(longestFarewellMs)]);
  clearInterval(timeoutCheck);
  for (const client of clients) client.close();
  return { ...report, ...usageBetween(before, after, report.requests) };
}

/** Resolves at the end of the measured phase. */
function ended(options: LoadOptions, tally: Tally): Promise<void> {
  return new Promise((resolve) => {
    const progress =
      options.progress > 0 ? setInterval(printProgress, options.progress * 1000, tally) : undefined;
    const count = options.requests > 0 ? setInterval(checkCount, 5) : undefined;
    const time = setTimeout(end, options.seconds * 1000);
    function checkCount(): void {
      if (tally.requests >= options.requests) end();
    }
    function end(): void {
      clearInterval(progress);
      clearInterval(count);
      clearTimeout(time);
      resolve();
    }
  });
}

function printProgress(tally: Tally): void {
  process.stderr.write(`${JSON.stringify(tally.report())}\n`);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

let options: LoadOptions | null;
try {
  options = parseLoadOptions(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(2);
}
if (options === null) {
  process.stdout.write(loadHelp);
} else {
  const result = await runLoad(options);
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
}
