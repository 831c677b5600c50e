import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { tempDir } from "../support/temp-dir.ts";
import { configText, startDaemon, startServers } from "./podmate.ts";

t.test("a command scales, within limits, and only where that is configured", async (t) => {
  const folder = await tempDir(t);
  const script = join(folder, "scale");
  const told = join(folder, "told");
  await writeFile(script, `#!/bin/sh\necho "$1 $REPLICAS $REASON" > ${told}\n`, { mode: 0o755 });
  const servers = await startServers(t, 1);
  const daemon = await startDaemon(
    t,
    configText(servers, `replicate: { command: [${script}, web], max: 4, timeout: 1m, cool_down: 1h }`),
  );
  const post = async (body: unknown) => {
    const response = await fetch(`http://${daemon.admin}/replicate`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return { status: response.status, json: await response.json() };
  };
  t.match(await post({ replicas: 5 }), { status: 422, json: { replicas_max: 4 } });
  t.match(await post({ replicas: "+1" }), { status: 422, json: { title: "Not known" } });
  t.match(await post({ replicas: 3, reason: "many users" }), { status: 200, json: { result: "scaled" } });
  t.equal(await readFile(told, "utf8"), "web 3 many users\n");
  t.match(await post({ replicas: 4 }), { status: 429 });
  t.match(JSON.parse((await daemon.get("/replicate")).text), {
    by: "command",
    replicas_wanted: 3,
    replicas_current: null,
    last: { asked: "4", result: "cool_down" },
  });
  t.match((await daemon.get("/metrics")).text, /^podmate_replicate_requests_total\{result="scaled"\} 1$/m);

  await daemon.write(configText(servers));
  await fetch(`http://${daemon.admin}/config/reload`, { method: "POST" });
  t.match(await post({ replicas: 4 }), { status: 501 });
});
