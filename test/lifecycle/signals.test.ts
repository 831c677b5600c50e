import { EventEmitter } from "node:events";
import t from "tap";
import { handleSignals } from "../../src/lifecycle/signals.ts";

function listen(): { source: EventEmitter; told: string[] } {
  const source = new EventEmitter();
  const told: string[] = [];
  handleSignals(source, {
    drain: (signal) => told.push(`drain ${signal}`),
    exit: (code) => told.push(`exit ${code}`),
    reload: () => told.push("reload"),
    turnLog: (step) => told.push(`log ${step}`),
  });
  return { source, told };
}

t.test("the first SIGTERM drains, the second exits at once", async (t) => {
  const { source, told } = listen();
  source.emit("SIGTERM", "SIGTERM");
  source.emit("SIGTERM", "SIGTERM");
  t.same(told, ["drain SIGTERM", "exit 143"]);
});

t.test("SIGINT counts as the second too", async (t) => {
  const { source, told } = listen();
  source.emit("SIGTERM");
  source.emit("SIGINT");
  t.same(told, ["drain SIGTERM", "exit 130"]);
});

t.test("SIGHUP reloads, SIGTTIN and SIGTTOU turn the log", async (t) => {
  const { source, told } = listen();
  for (const signal of ["SIGHUP", "SIGTTIN", "SIGTTOU", "SIGHUP"]) source.emit(signal);
  t.same(told, ["reload", "log 1", "log -1", "reload"]);
});
