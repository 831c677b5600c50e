import t from "tap";
import { configText, runVerb, startDaemon, startServers } from "./podmate.ts";

/** Nobody but a manager has requests refused here, however much the machine has to do. */
const calm = "overload: false";

t.test("yield has priorities refused until it is told otherwise", async (t) => {
  const daemon = await startDaemon(t, configText(await startServers(t, 1), calm));
  const run = (...args: readonly string[]) => runVerb(t, "yield", ...args, "--admin", daemon.admin);
  t.match(await run("5m"), {
    code: 0,
    stdout: /^requests of low priority are refused until \d{4}-\S+Z \(podmate yield\)\n$/,
  });
  t.match(await run("5m", "--priority", "normal", "--reason", "a failover"), {
    code: 0,
    stdout: /^requests of low and normal priority are refused until \S+ \(a failover\)\n/,
  });
  t.match(await runVerb(t, "status", "--admin", daemon.admin), {
    code: 0,
    stdout:
      /^podmate \S+ is ready\nrequests of low and normal priority are refused until \S+ \(a failover\)\n/,
  });
  t.match(await run(), {
    code: 0,
    stdout: /^requests of low and normal priority are refused until \S+ \(a failover\)\n/,
  });
  t.match(await run("0"), { code: 0, stdout: "requests of all priorities are served\n" });
  t.match(await run("11m"), {
    code: 1,
    stdout: "",
    stderr: /11m is longer than lifecycle\.yield_limit \(10m\)/,
  });
  t.match(await run("5m", "--priority", "high"), {
    code: 2,
    stderr: /--priority high: give one of low, normal/,
  });
});
