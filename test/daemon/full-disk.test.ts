import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { freePort } from "../support/free-port.ts";
import { TestProcess } from "../support/process.ts";
import { tempDir } from "../support/temp-dir.ts";
import { configText, runVerb, startServers } from "./podmate.ts";

t.test("a disk that is full takes the lines of the log with it, and nothing else", async (t) => {
  const file = join(await tempDir(t), "podmate.yml");
  const admin = `127.0.0.1:${await freePort()}`;
  const config = configText(await startServers(t, 1), "lifecycle: { mode: native }");
  await writeFile(file, config.replace("127.0.0.1:0", admin));
  const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
  const command = [process.execPath, main, "run", "-c", file];
  const daemon = new TestProcess(t, "sh", ["-c", 'exec "$@" 2>/dev/full', "sh", ...command]);
  t.match(await runVerb(t, "wait-ready", "--timeout", "1m", "--admin", admin), { code: 0 });
  t.same(await daemon.stop("SIGTERM"), { code: 0, signal: null });
});
