/** Real nginx as servers: one of two dies, and no GET fails; and what one client does ends nobody else's request. */
import t from "tap";
import { systemClock } from "../../src/core/clock.ts";
import type { EjectOptions } from "../../src/upstream/pool-options.ts";
import { get, ok, request } from "../support/http-messages.ts";
import { HttpPlane, httpSnapshot, startHttpPeer } from "../support/http-plane.ts";
import { HttpTraffic, readAnswer } from "../support/http-traffic.ts";
import { needs } from "../support/needs.ts";
import { type NginxOptions, RealNginx } from "../support/real-nginx.ts";
import { Supervision } from "../support/supervised-plane.ts";
import type { Teardown } from "../support/teardown.ts";
import { until } from "../support/until.ts";
import { WireClient } from "../support/wire-client.ts";

/** The configuration's defaults, but for probes, which come sooner. */
const eject: EjectOptions = {
  failures: 3,
  window: 10_000,
  backoff: 50,
  max_backoff: 100,
  max_percent: 50,
  on_eject: "rehash",
};
const retry = { attempts: 1, on: ["reset"], budget: 20, least: 3 } as const;

async function start(t: Teardown, version: 1 | 2, servers: readonly Omit<NginxOptions, "http2">[]) {
  const nginxes: RealNginx[] = [];
  for (const options of servers) nginxes.push(await RealNginx.start(t, { ...options, http2: version === 2 }));
  const plane = new HttpPlane(systemClock);
  t.teardown(() => plane.close());
  const supervision = new Supervision(t, plane, systemClock);
  const addresses = nginxes.map(({ address }) => address);
  await supervision.apply(httpSnapshot(addresses, { pool: { eject }, http: { version }, retry }));
  const connect = async () => {
    const client = await WireClient.connect(plane.address);
    t.teardown(() => client.close());
    return client;
  };
  return { nginxes, plane, supervision, connect };
}

const named = (name: string) => ({ server: `location / { return 200 "${name} $request_uri "; }` });

for (const version of [1, 2] as const) {
  t.test(`HTTP/${version}: one of two is killed under load, several times, and no GET fails`, async (t) => {
    if (!needs(t, "nginx")) return;
    const { nginxes, plane, supervision } = await start(t, version, [named("s0"), named("s1")]);
    const traffic = HttpTraffic.start(t, plane.address, 40, { posts: false });
    for (let round = 0; round < 4; round++) {
      await traffic.more(10);
      const dying = round % 2;
      await nginxes[dying]!.kill();
      await traffic.more(20);
      await until(() => supervision.state(`s${dying}`).state === "ejected");
      await nginxes[dying]!.restart();
      await until(() => supervision.state(`s${dying}`).state !== "ejected");
    }
    await traffic.more(10);
    t.same(traffic.failures, []);
    t.equal(plane.poolCounter("retriesRefused"), 0);
  });
}

t.test(
  "an upload that nginx refuses by its head is answered 413, however much of it is on its way",
  async (t) => {
    if (!needs(t, "nginx")) return;
    const { plane, connect } = await start(t, 1, [
      { server: "client_max_body_size 1k; lingering_close off;" },
    ]);
    for (let i = 0; i < 20; i++) {
      const client = await connect();
      void client.send(
        Buffer.concat([
          Buffer.from(request("POST", "/", "Content-Length: 3000000")),
          Buffer.alloc(3_000_000),
        ]),
      );
      t.match(await client.readUntil("\r\n\r\n"), /^HTTP\/1.1 413 /);
      client.close();
    }
    t.equal(plane.serverCount("requests"), 20);
    t.notOk(plane.reports.some(({ state }) => state === "failing"));
  },
);

t.test("a client that stalls in its body until nginx gives up gets a 408, and nginx no blame", async (t) => {
  if (!needs(t, "nginx")) return;
  const origin = await startHttpPeer(t);
  const { plane, connect } = await start(t, 1, [
    {
      server: `client_body_timeout 1s; location / { proxy_pass http://127.0.0.1:${portOf(origin.address)}; }`,
    },
  ]);
  const clients = await Promise.all(Array.from({ length: 4 }, connect));
  for (const client of clients) await client.send(`${request("POST", "/", "Content-Length: 10")}hello`);
  for (const client of clients) t.match(await readAnswer(client), { status: 408 });
  t.notOk(plane.reports.some(({ state }) => state === "failing"));
});

t.test("HTTP/2: a head that nginx ends the shared connection for costs no other request", async (t) => {
  if (!needs(t, "nginx")) return;
  const origin = await startHttpPeer(t);
  const { plane, connect } = await start(t, 2, [
    { server: `location / { proxy_pass http://127.0.0.1:${portOf(origin.address)}; }` },
  ]);
  const others = await Promise.all(Array.from({ length: 5 }, connect));
  for (const client of others) await client.send(get("/slow"));
  await until(() => origin.requests.length === 5);
  const offender = await connect();
  origin.answer(() => ok("late"));
  await offender.send(get("/", `X-Large: ${"x".repeat(10_000)}`));
  t.match(await offender.readUntil("\r\n\r\n"), /^HTTP\/1.1 (?:4\d\d|502) /);
  for (const client of others) t.match(await readAnswer(client), { status: 200 });
  t.notOk(plane.reports.some(({ state }) => state === "failing"));
  t.ok(plane.serverCount("connects") <= 2, "it ends one connection, not another one too");
});

function portOf(address: { readonly port: number } | { readonly path: string }): number {
  if (!("port" in address)) throw new Error("no port");
  return address.port;
}
