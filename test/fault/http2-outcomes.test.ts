/** The table of outcomes (`upstream/outcomes.ts`), row by row: those that only servers of HTTP/2 lead to. */
import t from "tap";
import { FakeClock } from "../support/fake-clock.ts";
import { startHttpPlane } from "../support/http-plane.ts";
import { answer, http2Outcomes } from "../support/http2-outcomes.ts";
import { RawHttp2Server } from "../support/http2-raw.ts";
import { expectNothingBuffered } from "../support/nothing-buffered.ts";
import { checkRows } from "../support/outcome-rows.ts";
import { WireClient } from "../support/wire-client.ts";

await checkRows(t, http2Outcomes, async (t, options, count) => {
  const clock = new FakeClock();
  const servers = await Promise.all(Array.from({ length: count }, () => RawHttp2Server.start(t)));
  const addresses = servers.map(({ address }) => address);
  const plane = await startHttpPlane(t, addresses, { ...options, http: { version: 2 }, clock });
  expectNothingBuffered(t, plane);
  const connect = async () => {
    const client = await WireClient.connect(plane.address);
    t.teardown(() => client.close());
    return client;
  };
  const heal = () => {
    for (const server of servers) {
      server.answer = answer;
      server.greet = null;
    }
  };
  return { clock, plane, servers, connect, client: await connect(), heal };
});
