import t from "tap";
import { formatAddress } from "../../src/core/address.ts";
import { HttpFramer } from "../support/http-framer.ts";
import { HttpTraffic, serveEchoes } from "../support/http-traffic.ts";
import { ManagementHammer } from "../support/management-hammer.ts";
import { patientPool } from "../support/patience.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { until } from "../support/until.ts";
import { serveKeysAsValues, VerifiedTraffic } from "../support/verified-traffic.ts";
import { startDaemon } from "./podmate.ts";

t.test(
  "whatever clients do to the management interface, traffic has no error, and probes are answered",
  async (t) => {
    const cache = await ScriptedServer.start(t);
    serveKeysAsValues(cache);
    const web = await ScriptedServer.start(t, { framer: () => new HttpFramer() });
    serveEchoes(web, "web");
    const daemon = await startDaemon(
      t,
      `admin: { listen: "127.0.0.1:0", probes: "127.0.0.1:0" }
workers: 1
memcache: [ { name: cache, listen: "127.0.0.1:0", pool: caches } ]
http: [ { name: web, listen: "127.0.0.1:0", pool: sites } ]
pools:
  caches: { servers: [ "${formatAddress(cache.address)}" ], ${patientPool} }
  sites: { servers: [ "${formatAddress(web.address)}" ], ${patientPool} }
`,
    );
    const [line] = await daemon.process.waitForOutput(/^.*"podmate serves".*$/m);
    const places = JSON.parse(line) as { readonly listeners: string[]; readonly probes: string };
    const port = Number(places.listeners[1]!.split(":").at(-1));
    const memcache = await VerifiedTraffic.start(t, daemon.listener, 4);
    const http = HttpTraffic.start(t, { host: "127.0.0.1", port }, 4);
    await memcache.moreRounds();
    await http.more();

    const hammer = ManagementHammer.start(t, Number(daemon.admin.split(":")[1]), 5);
    for (let round = 0; round < 3; round++) {
      const { answered, connects } = hammer;
      await memcache.moreRounds(20);
      await http.more(20);
      t.equal((await fetch(`http://${places.probes}/live`)).status, 200);
      await until(() => hammer.answered > answered && hammer.connects > connects, "the abuse goes on");
    }
    t.same(memcache.failures, []);
    t.same(memcache.errors, []);
    t.same(http.failures, []);

    hammer.stop();
    await memcache.stop();
    await http.stop();
    const { text } = await daemon.get("/metrics");
    for (const [sample, value] of text.matchAll(
      /^podmate_(?:http_)?(?:listener|pool|server)_errors_total\{.*\} (\d+)$/gm,
    )) {
      // Traffic hangs up at its end, which is no error of anybody's.
      if (!sample.includes("client_gone")) t.equal(value, "0", sample);
    }
  },
);
