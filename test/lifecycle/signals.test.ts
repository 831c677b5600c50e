import { EventEmitter } from "node:events";
import t from "tap";
import { exitOnSignal, handleSignals } from "../../src/lifecycle/signals.ts";

function listen(): { source: EventEmitter; told: string[] } {
  const source = new EventEmitter();
  const told: string[] = [];
  handleSignals(source, {
    stop: (signal) => told.push(`stop ${signal}`),
    exit: (code) => told.push(`exit ${code}`),
    reload: () => told.push("reload"),
    turnLog: (step) => told.push(`log ${step}`),
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
    exitOnSignal(source, (code) => exits.push(code));
    source.emit("SIGTERM", "SIGTERM");
    source.emit("SIGINT", "SIGINT");
    t.same(exits, [143, 130]);
    const told: string[] = [];
    handleSignals(source, {
      stop: (signal) => told.push(signal),
      exit: () => t.fail("it was the first"),
      reload() {},
      turnLog() {},
    });
    source.emit("SIGTERM", "SIGTERM");
    t.same([exits, told], [[143, 130], ["SIGTERM"]]);
  },
);
