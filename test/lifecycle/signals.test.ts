import { EventEmitter } from "node:events";
import t from "tap";
import { handleSignals, ignoreMeaningless, listenEarly } from "../../src/lifecycle/signals.ts";

function listen(): { source: EventEmitter; told: string[] } {
  const source = new EventEmitter();
  const told: string[] = [];
  handleSignals(source, {
    stop: (signal) => told.push(`stop ${signal}`),
    exit: (code) => told.push(`exit ${code}`),
    reload: () => told.push("reload"),
    turnLog: (step) => told.push(`log ${step}`),
    ignored: (signal) => told.push(`ignored ${signal}`),
  });
  return { source, told };
}

t.test("the first SIGTERM stops, the second exits at once", async (t) => {
  const { source, told } = listen();
  source.emit("SIGTERM", "SIGTERM");
  source.emit("SIGTERM", "SIGTERM");
  t.same(told, ["stop SIGTERM", "exit 143"]);
});

t.test("SIGINT counts as the second too", async (t) => {
  const { source, told } = listen();
  source.emit("SIGTERM");
  source.emit("SIGINT");
  t.same(told, ["stop SIGTERM", "exit 130"]);
});

t.test("SIGQUIT stops as SIGTERM does", async (t) => {
  const { source, told } = listen();
  source.emit("SIGQUIT", "SIGQUIT");
  source.emit("SIGQUIT", "SIGQUIT");
  t.same(told, ["stop SIGQUIT", "exit 131"]);
});

t.test("SIGUSR1 and SIGUSR2 are named and ignored, by a verb without a word", async (t) => {
  const { source, told } = listen();
  ignoreMeaningless(source);
  for (const signal of ["SIGUSR1", "SIGUSR2"]) t.ok(source.emit(signal, signal));
  t.same(told, ["ignored SIGUSR1", "ignored SIGUSR2"]);
});

t.test("what a daemon is asked for before it is there waits for it, once", async (t) => {
  const source = new EventEmitter();
  listenEarly(source, () => t.fail("it is no end"));
  for (const signal of ["SIGHUP", "SIGHUP", "SIGTTIN"]) t.ok(source.emit(signal, signal));
  const told: string[] = [];
  handleSignals(source, {
    stop() {},
    exit() {},
    reload: () => told.push("reload"),
    turnLog: (step) => told.push(`log ${step}`),
    ignored() {},
  });
  t.same(told, ["reload", "log 1"]);
  source.emit("SIGHUP", "SIGHUP");
  t.same(told, ["reload", "log 1", "reload"]);
});

t.test("SIGHUP reloads, SIGTTIN and SIGTTOU turn the log", async (t) => {
  const { source, told } = listen();
  for (const signal of ["SIGHUP", "SIGTTIN", "SIGTTOU", "SIGHUP"]) source.emit(signal);
  t.same(told, ["reload", "log 1", "log -1", "reload"]);
});

t.test(
  "a signal that comes while nothing is open ends the process; later it is for whoever handles it",
  async (t) => {
    const source = new EventEmitter();
    const exits: number[] = [];
    listenEarly(source, (code) => exits.push(code));
    source.emit("SIGTERM", "SIGTERM");
    source.emit("SIGINT", "SIGINT");
    source.emit("SIGQUIT", "SIGQUIT");
    t.same(exits, [143, 130, 131]);
    const told: string[] = [];
    handleSignals(source, {
      stop: (signal) => told.push(signal),
      exit: () => t.fail("it was the first"),
      reload() {},
      turnLog() {},
      ignored() {},
    });
    source.emit("SIGTERM", "SIGTERM");
    t.same([exits, told], [[143, 130, 131], ["SIGTERM"]]);
  },
);
