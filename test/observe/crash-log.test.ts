import { EventEmitter } from "node:events";
import { setImmediate } from "node:timers/promises";
import t from "tap";
import { logCrash } from "../../src/observe/crash-log.ts";

function start() {
  const signals = new EventEmitter();
  const told: unknown[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const logger = {
    log: (level: string, fields: object, message: string) => void told.push([level, fields, message]),
    close: () => promise,
  };
  logCrash(signals, logger, (code) => told.push(code));
  return { signals, told, flushed: resolve };
}
const boom = new Error("boom");
const line = ["fatal", { err: boom }, "podmate has crashed"];

t.test("the process ends when the log has been written", async (t) => {
  const { signals, told, flushed } = start();
  signals.emit("uncaughtException", boom);
  await setImmediate();
  t.same(told, [line]);
  flushed();
  await setImmediate();
  t.same(told, [line, 1]);
});

t.test("or at once where something else breaks meanwhile", async (t) => {
  const { signals, told } = start();
  signals.emit("uncaughtException", boom);
  signals.emit("uncaughtException", new Error("again"));
  t.same(told, [line, 1]);
});
