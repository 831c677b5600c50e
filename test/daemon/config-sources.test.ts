import t from "tap";
import { any, asking, configOf, withTimeout } from "./config-client.ts";
import { configText, startDaemon, startServers } from "./podmate.ts";

t.test(
  "a file that changes replaces what came over HTTP, says so everywhere, and can be taken back",
  async (t) => {
    const servers = await startServers(t, 1);
    const daemon = await startDaemon(t, configText(servers));
    const ask = asking(t, daemon);
    const note = /podmate\.yml replaces version 2, which came by PUT \/config/;

    await ask("PUT", "/config", { headers: any, body: withTimeout(servers, "70s") });
    await daemon.write(withTimeout(servers, "90s"));
    await daemon.process.waitForOutput(
      /"trigger":"the file has changed".*"version":3.*"notes":\["[^"]*replaces/,
    );
    t.match(await configOf(ask), {
      version: 3,
      source: "file",
      origin: daemon.file,
      config: { pools: { main: { timeout: "90s" } } },
      last_reload: { notes: [note] },
    });
    t.match(await ask("POST", "/config/rollback"), {
      status: 200,
      json: { version: 4, source: "http", origin: "POST /config/rollback", changes: [/90s → 70s/] },
    });
    t.match(await ask("POST", "/config/reload"), { json: { version: 4, notes: [/has not changed/] } });
    t.match(await ask("POST", "/config/reload?force"), { json: { version: 5, source: "file" } });
    t.match(await ask("POST", "/config/rollback?version=1"), {
      json: { version: 6, changes: [/90s → 1m/] },
    });
    t.match((await ask("GET", "/config/versions")).json, {
      versions: [
        { version: 6, in_force: true, source: "http", trigger: "POST /config/rollback" },
        { version: 5, source: "file", trigger: "POST /config/reload" },
        { version: 4, source: "http" },
        { version: 3, source: "file", trigger: "the file has changed" },
        { version: 2, source: "http", trigger: "PUT /config" },
        { version: 1, in_force: false, source: "file", trigger: "the start" },
      ],
    });
    t.match(await ask("POST", "/config/rollback?version=9"), { status: 404 });
  },
);
