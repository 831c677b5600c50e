// Statuses of 600 to 999, which no RFC defines and some servers use: do clients get them, and do they count as themselves?
import t from "tap";
import { statusClass } from "../../src/observe/http-metric-labels.ts";
import { HTTP_POOL, HTTP_ROUTE, HTTP_SERVER } from "../../src/observe/metric-layout.ts";
import { get, head } from "../support/http-messages.ts";
import { setUpHttp } from "../support/http-plane.ts";
import { fieldOf, Http2Client } from "../support/http2-peers.ts";

const answer = (status: number): string => `${head(`HTTP/1.1 ${status} Odd`, "Content-Length: 2")}ok`;

t.test("a client of HTTP/1.1 gets them as they are, and they have a class of their own", async (t) => {
  const { plane, peer, connect } = await setUpHttp(t);
  const client = await connect();
  const counts = () =>
    [
      plane.block("httpPool", "pool").subarray(HTTP_POOL.responses),
      plane.block("httpServer", "pool/s0").subarray(HTTP_SERVER.responses),
      plane.block("httpRoute", "web/all").subarray(HTTP_ROUTE.requests),
    ].map((block) => Object.values(statusClass).map((kind) => block[kind]!));
  await client.send(get());
  const server = await peer.nextConnection();
  for (const [index, status] of [599, 600, 700, 800, 900, 999].entries()) {
    if (index > 0) await client.send(get());
    await server.expect(get());
    await server.send(answer(status));
    await client.expect(answer(status));
  }
  const none = Object.values(statusClass).map(() => 0);
  const expected = none.with(statusClass["5xx"], 1).with(statusClass.other, 5);
  t.same(counts(), [expected, expected, expected]);
});

t.test("a client of HTTP/2 gets 500, with the same content", async (t) => {
  const { plane, peer } = await setUpHttp(t, { listener: { http2: true } });
  peer.answer(() => answer(999));
  const client = await Http2Client.connect(t, plane.address);
  const { headers, body } = await client.ask({ ":method": "GET", ":path": "/" });
  t.equal(fieldOf(headers, ":status"), "500");
  t.equal(body.toString(), "ok");
});
