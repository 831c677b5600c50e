import t from "tap";
import { asking, configOf, withTimeout } from "./config-client.ts";
import { configText, startDaemon, startServers } from "./podmate.ts";

t.test("of many who change the same version at once, one succeeds and the others are told", async (t) => {
  const servers = await startServers(t, 1);
  const daemon = await startDaemon(t, configText(servers));
  const ask = asking(t, daemon);
  const { etag } = await configOf(ask);
  const answers = await Promise.all(
    [30, 40, 50, 70].map((timeout) =>
      asking(t, daemon)("PUT", "/config", {
        headers: { "if-match": etag },
        body: withTimeout(servers, `${timeout}s`),
      }),
    ),
  );
  t.same(answers.map(({ status }) => status).sort(), [200, 412, 412, 412]);
  const winner = answers.find(({ status }) => status === 200)?.json as { changes: string[] };
  const { version, config } = await configOf(ask);
  t.equal(version, 2);
  t.match(winner.changes, [`changed pools.main.timeout: 1m → ${config.pools.main.timeout}`]);
});
