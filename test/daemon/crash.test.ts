import t from "tap";
import { configText, startDaemon, startServers } from "./podmate.ts";

/** Loaded into the daemon: a signal that breaks it. */
const breakable = 'process.on("SIGUSR2", () => { throw new Error("out of the blue"); });';

t.test("what nobody has caught is the last line of the log, and the exit code is 1", async (t) => {
  const text = configText(await startServers(t, 1));
  const daemon = await startDaemon(t, text, [`--import=data:text/javascript,${breakable}`]);
  daemon.process.kill("SIGUSR2");
  t.same(await daemon.process.exit, { code: 1, signal: null });
  const last = daemon.process.stderr.trimEnd().split("\n").at(-1)!;
  t.match(JSON.parse(last), {
    level: "fatal",
    err: { message: "out of the blue", stack: /Error: out of the blue\n/ },
    msg: "podmate has crashed",
  });
});
