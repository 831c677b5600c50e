import t from "tap";
import { systemClock } from "../../../src/core/clock.ts";
import { CommandScaler } from "../../../src/lifecycle/replicate/command-scaler.ts";

const never = new AbortController().signal;
const sh = (script: string) =>
  new CommandScaler(
    { kind: "command", command: "/bin/sh", args: ["-c", script] },
    { PATH: "/bin" },
    systemClock,
  );
const order = { replicas: 3, reason: "busy", dryRun: false, overrules: true };

t.test("the command finds the number and the reason in its environment", async (t) => {
  const scaler = sh('[ "$REPLICAS" = 3 ] && [ "$REASON" = busy ]');
  const seen = await scaler.read();
  t.same(seen, { target: null, wanted: null, current: null });
  t.match(await scaler.write(seen, order, never), { wanted: 3 });
});

t.test("a command that fails says why; a dry run does not run it", async (t) => {
  const scaler = sh("echo no quota >&2; exit 3");
  const seen = await scaler.read();
  await t.rejects(scaler.write(seen, order, never), { message: "it ended with 3: no quota" });
  t.match(await scaler.write(seen, { ...order, dryRun: true }, never), { wanted: 3 });
});
