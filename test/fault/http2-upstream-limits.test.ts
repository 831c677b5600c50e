/** What servers of HTTP/2 send or take, and what no client may make podmate send them. */
import t from "tap";
import { formatAddress } from "../../src/core/address.ts";
import { get, head, request } from "../support/http-messages.ts";
import { data, fields, flag, frame, frameType, setting } from "../support/http2-frames.ts";
import { fieldsOf } from "../support/http2-peers.ts";
import { ok, startHttp2Chain, startHttp2Plane } from "../support/http2-plane.ts";
import { RawHttp2Server } from "../support/http2-raw.ts";
import { WireClient } from "../support/wire-client.ts";

const answerHead = (stream: number) =>
  frame(frameType.headers, flag.endHeaders, stream, fields([":status", "200"]));
const maxHeaderListSize = 6;

async function startRaw(t: Parameters<typeof RawHttp2Server.start>[0]) {
  const server = await RawHttp2Server.start(t);
  const { plane } = await startHttp2Plane(t, [server.address]);
  const client = await WireClient.connect(plane.address);
  t.teardown(() => client.close());
  return { server, plane, client };
}

t.test("empty DATA frames: any number over a connection's life", async (t) => {
  const { server, plane, client } = await startRaw(t);
  server.answer = (stream) => [answerHead(stream), data(stream, ""), data(stream, "ok", true)];
  for (let i = 0; i < 1_500; i++) {
    await client.send(get());
    await client.readUntil("2\r\nok\r\n0\r\n\r\n");
  }
  t.equal(plane.serverCount("connects"), 1);
});

t.test("an empty Host is no :authority: the server gets its own", async (t) => {
  let authorities: readonly string[] = [];
  const { plane, peer } = await startHttp2Chain(t, (stream, headers) => {
    authorities = fieldsOf(headers, ":authority");
    ok(stream);
  });
  const client = await WireClient.connect(plane.address);
  t.teardown(() => client.close());
  await client.send(head("GET / HTTP/1.1", "Host:"));
  t.match(await client.readUntil("\r\n\r\n"), /^HTTP\/1.1 200/);
  t.same(authorities, [formatAddress(peer.address)]);
});

t.test("SETTINGS_MAX_HEADER_LIST_SIZE: a head is measured as RFC 9113 6.5.2 says", async (t) => {
  const { server, client, plane } = await startRaw(t);
  // GET, http, / and h with their names, and 32 bytes for each.
  const size = ":methodGET:schemehttp:path/:authorityh".length + 4 * 32;
  const field = "x-large".length + 32;
  server.settings = [setting(maxHeaderListSize, size + field + 100)];
  server.answer = (stream) => [answerHead(stream), data(stream, "", true)];
  await client.send(get());
  await client.readUntil("0\r\n\r\n");
  await client.send(get("/", `X-Large: ${"x".repeat(100)}`));
  t.match(await client.readUntil("0\r\n\r\n"), /^HTTP\/1.1 200/);
  await client.send(get("/", `X-Large: ${"x".repeat(101)}`));
  t.match(await client.readUntil("\r\n\r\n"), /^HTTP\/1.1 431 [\s\S]*podmate-error: server-head-too-large/);
  await client.readUntil("}\n");
  await client.send(request("POST", "/", "Content-Length: 0"));
  t.match(await client.readUntil("0\r\n\r\n"), /^HTTP\/1.1 200/, "the connections live on");
  t.equal(plane.serverCount("connects"), 1);
  t.equal(server.frames(0).filter(({ type }) => type === frameType.headers).length, 3);
});
