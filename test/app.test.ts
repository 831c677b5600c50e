/** The start of the daemon, as far as no spawned program can be stopped at the right moment. */
import { EventEmitter } from "node:events";
import { setImmediate } from "node:timers/promises";
import t from "tap";
import { startApp } from "../src/app.ts";
import { configSource } from "../src/cli/config-source.ts";
import { threadEntry } from "../src/workers/thread-entry.ts";
import { ThreadStarter } from "../src/workers/thread-starter.ts";

const text = `admin: { listen: "127.0.0.1:0" }
workers: 1
lifecycle: { mode: native, drain: 1m }
memcache: [ { name: cache, listen: "127.0.0.1:0", pool: main } ]
pools: { main: { servers: [ "127.0.0.1:1" ] } }
`;

const source = configSource({ format: "podmate", origin: "a test", text }, {});
const reading = await source.read();
if (!reading.ok) throw new Error("the configuration is bad");

for (const turns of [0, 5, 30]) {
  t.test(`SIGTERM ${turns} turns of the event loop into the start ends it, and is no failure`, async (t) => {
    const signals = new EventEmitter();
    const threads = new ThreadStarter(threadEntry("worker"));
    t.teardown(() => threads.close());
    const lines: string[] = [];
    const starting = startApp({
      reading,
      source,
      env: {},
      discovery: {
        readServers: () => Promise.reject(new Error("not asked")),
        kubernetes: { origin: null, account: "/nowhere" },
      },
      threads,
      logTo: { write: (line) => lines.push(line), flush: async () => {}, dropped: 0 },
      signals,
      exit: (code) => t.fail(`it exits at once with ${code}`),
    });
    while (signals.listenerCount("SIGTERM") === 0) await setImmediate();
    for (let turn = 0; turn < turns; turn++) await setImmediate();
    signals.emit("SIGTERM");
    const app = await starting;
    await app.stopped;
    t.match(lines.join(""), /"to":"stopped"/);
  });
}
