import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { freePort } from "../support/free-port.ts";
import { tempDir } from "../support/temp-dir.ts";
import { WireClient } from "../support/wire-client.ts";
import { podmate, startServers } from "./podmate.ts";

t.test("run takes twemproxy's file as it is, and reloads it", async (t) => {
  const servers = await startServers(t, 2);
  const port = await freePort();
  const file = join(await tempDir(t), "nutcracker.yml");
  const text = (count: number) => `alpha:
  listen: 127.0.0.1:${port}
  hash: fnv1a_64
  distribution: ketama
  auto_eject_hosts: true
  server_retry_timeout: 2000
  server_failure_limit: 1
  timeout: 60000
  servers:
${servers
  .slice(0, count)
  .map((server, index) => `   - ${server}:1 server${index}`)
  .join("\n")}
`;
  await writeFile(file, text(1));
  const daemon = podmate(t, ["run", "--twemproxy", file, "--admin", "127.0.0.1:0", "--workers", "1"]);
  await daemon.waitForOutput(/"podmate serves"/);
  const client = await WireClient.connect({ host: "127.0.0.1", port });
  t.teardown(() => client.close());
  await client.exchange("set k 0 0 1\r\nv\r\n", "STORED\r\n");
  await client.exchange("get k\r\n", "VALUE k 0 1\r\nv\r\nEND\r\n");

  await writeFile(file, text(2));
  await daemon.waitForOutput(/"changes":\["added pools\.alpha\.servers.*server1/);
  await client.expectInStep();
  client.close();
  t.same(await daemon.stop("SIGINT"), { code: 0, signal: null });
});
