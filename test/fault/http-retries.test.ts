/** What is tried again, and what is not: nothing is done twice that must not be, and no client sees two answers. */
import t, { type Test } from "tap";
import { chunks, get, head, ok, problem, request } from "../support/http-messages.ts";
import { askAndWait, type HttpPlaneOptions, setUpHttp } from "../support/http-plane.ts";
import type { Bytes } from "../support/inbox.ts";
import type { ScriptedConnection, ScriptedServer } from "../support/scripted-server.ts";
import { until } from "../support/until.ts";
import type { WireClient } from "../support/wire-client.ts";

/** A client with a connection to the server that has served a request and is kept. */
async function keepConnection(t: Test, options: HttpPlaneOptions = {}) {
  const set = await askAndWait(t, options, get("/first"));
  await set.server.send(ok("first"));
  await set.client.expect(ok("first"));
  return set;
}

/** The next connection that the server accepts brings `ask`, and the client gets its answer. */
async function expectAnswerOn(
  peer: ScriptedServer,
  client: WireClient,
  ask: Bytes,
): Promise<ScriptedConnection> {
  const connection = await peer.nextConnection();
  await connection.expect(ask);
  await connection.send(ok("again"));
  await client.expect(ok("again"));
  return connection;
}

const post = `${request("POST", "/", "Content-Length: 4")}body`;
const endings = ["close", "halfClose", "reset"] as const;

t.test("a kept connection that the server closes when the request comes", async (t) => {
  // No further attempts are allowed: this one is no retry.
  const options: HttpPlaneOptions = { retry: { attempts: 0, budget: 0, least: 0 } };

  for (const way of endings) {
    await t.test(`${way}: GET goes once more, over a new connection`, async (t) => {
      const { peer, plane, client, server } = await keepConnection(t, options);
      await client.send(get());
      await server.expect(get());
      server[way]();
      await expectAnswerOn(peer, client, get());
      t.equal(plane.serverCount("reusedFailures"), 1);
      t.same(plane.logs, [], "nothing is wrong with the server");
    });

    await t.test(`${way}: POST does not`, async (t) => {
      const { peer, client, server } = await keepConnection(t, options);
      await client.send(post);
      await server.expect(post);
      server[way]();
      await client.expect(problem(502, "connection-lost", { close: false }));
      await client.send(get("/next"));
      await expectAnswerOn(peer, client, get("/next"));
      t.same(peer.requests, [get("/first"), post, get("/next")]);
    });
  }

  await t.test("POST does if not a byte of it was sent", async (t) => {
    const { peer, plane, client, server } = await keepConnection(t, options);
    // Both before the next turn of the event loop, in which podmate gets the one and then the other.
    void client.send(post);
    server.reset();
    await expectAnswerOn(peer, client, post);
    t.equal(plane.serverCount("reusedFailures"), 1);
    t.same(peer.requests, [get("/first"), post]);
  });

  await t.test("a request whose body is still coming goes on where it goes again", async (t) => {
    const ask = request("PUT", "/", "Content-Length: 4");
    const { peer, client, server } = await keepConnection(t, options);
    await client.send(`${ask}bo`);
    await server.expect(`${ask}bo`);
    server.reset();
    const second = await peer.nextConnection();
    await second.expect(`${ask}bo`);
    await client.send("dy");
    await second.expect("dy");
    await second.send(ok("x"));
    await client.expect(ok("x"));
  });

  await t.test("only once", async (t) => {
    const { peer, client, server } = await keepConnection(t, options);
    await client.send(get());
    await server.expect(get());
    server.close();
    const second = await peer.nextConnection();
    await second.expect(get());
    second.close();
    await client.expect(problem(502, "connection-lost", { close: false }));
    t.equal(peer.accepted, 2);
  });

  await t.test(
    "only once, also where it has to wait and gets a connection that has served others",
    async (t) => {
      const { peer, plane, connect, client, server } = await keepConnection(t, {
        ...options,
        pool: { connections: 1 },
      });
      await client.send(get());
      await server.expect(get());
      const other = await connect();
      await other.send(get("/other"));
      await until(() => plane.serverCount("pendingRequests") === 1);
      server.reset();
      const second = await expectAnswerOn(peer, other, get("/other"));
      await second.expect(get());
      second.reset();
      await client.expect(problem(502, "connection-lost", { close: false }));
      t.equal(plane.serverCount("reusedFailures"), 2);
    },
  );

  await t.test("others that have been kept as long are not tried", async (t) => {
    const { peer, connect, client, server } = await askAndWait(t, options);
    const other = await connect();
    await other.send(get());
    const kept = await peer.nextConnection();
    await kept.expect(get());
    for (const [each, its] of [
      [kept, other],
      [server, client],
    ] as const) {
      await each.send(ok("x"));
      await its.expect(ok("x"));
    }
    await client.send(get("/next"));
    await server.expect(get("/next"));
    server.close();
    await expectAnswerOn(peer, client, get("/next"));
    await kept.expectClose();
  });

  await t.test("never after a byte of an answer", async (t) => {
    const { peer, client, server } = await keepConnection(t, options);
    await client.send(get());
    await server.expect(get());
    await server.send("H");
    server.halfClose();
    await client.expect(problem(502, "connection-lost", { close: false }));
    t.equal(peer.accepted, 1);
  });

  await t.test("never on a new connection", async (t) => {
    for (const way of endings) {
      const { peer, plane, client, server } = await askAndWait(t, options);
      server[way]();
      await client.expect(problem(502, "connection-lost", { close: false }));
      t.equal(peer.accepted, 1);
      t.equal(plane.serverCount("reusedFailures"), 0);
    }
  });

  await t.test("a reason that is given first is no answer to the request", async (t) => {
    for (const ask of [get(), post]) {
      const { peer, client, server } = await keepConnection(t, options);
      void client.send(ask);
      void server.send(head("HTTP/1.1 408 Request Timeout", "Connection: close", "Content-Length: 0"));
      server.halfClose();
      await expectAnswerOn(peer, client, ask);
    }
  });

  await t.test("closed before the request comes, nobody notices", async (t) => {
    for (const way of endings) {
      const { peer, plane, client, server } = await keepConnection(t, options);
      server[way]();
      await until(() => plane.serverCount("idleConnections") === 0);
      await client.send(post);
      await expectAnswerOn(peer, client, post);
      t.equal(plane.serverCount("reusedFailures"), 0);
    }
  });
});

/** What a server does with a request, and how the client's answer begins where that is not tried again. */
interface Trouble {
  readonly on: "reset" | "timeout" | 502 | 503 | 504;
  readonly cause: (server: ScriptedConnection, advance: (ms: number) => void) => unknown;
  readonly otherwise: string;
}

const failed = (status: number) => head(`HTTP/1.1 ${status} Failed`, "Content-Length: 0");
const troubles: readonly Trouble[] = [
  { on: "reset", cause: (server) => server.reset(), otherwise: "HTTP/1.1 502 Bad Gateway\r\n" },
  { on: "timeout", cause: (_, advance) => advance(11_000), otherwise: "HTTP/1.1 504 Gateway Timeout\r\n" },
  { on: 502, cause: (server) => server.send(failed(502)), otherwise: failed(502) },
  { on: 503, cause: (server) => server.send(failed(503)), otherwise: failed(503) },
  { on: 504, cause: (server) => server.send(failed(504)), otherwise: failed(504) },
];
const all = troubles.map(({ on }) => on);
const repeatable = ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"];
const others = ["POST", "PATCH", "BREW"];

t.test("reasons and methods", async (t) => {
  for (const { on, cause, otherwise } of troubles) {
    for (const method of repeatable) {
      await t.test(`${on}: ${method} goes to another server`, async (t) => {
        const ask = request(method, "/");
        const options = { retry: { attempts: 1, on: [on] } };
        const { clock, peers, plane, client, server } = await askAndWait(t, options, ask, 2);
        await cause(server, (ms) => clock.advance(ms));
        const other = await peers[1]!.nextConnection();
        await other.expect(ask);
        const answer = head("HTTP/1.1 200 OK", "Content-Length: 0");
        await other.send(answer);
        await client.expect(answer);
        t.equal(plane.poolCounter("retries"), 1);
        await server.waitForEnd();
      });
    }

    for (const method of others) {
      await t.test(`${on}: ${method} does not`, async (t) => {
        const ask = request(method, "/", "Content-Length: 0");
        const options = { retry: { attempts: 1, on: all } };
        const { clock, peers, plane, client, server } = await askAndWait(t, options, ask, 2);
        await cause(server, (ms) => clock.advance(ms));
        await client.expect(otherwise);
        t.equal(plane.poolCounter("retries"), 0);
        t.equal(peers[1]!.accepted, 0);
      });
    }

    await t.test(`${on}: nor does anything where it is not among the reasons`, async (t) => {
      const options = { retry: { attempts: 1, on: all.filter((each) => each !== on) } };
      const { clock, peers, client, server } = await askAndWait(t, options, get(), 2);
      await cause(server, (ms) => clock.advance(ms));
      await client.expect(otherwise);
      t.equal(peers[1]!.accepted, 0);
    });
  }

  await t.test("other statuses are answers as any", async (t) => {
    for (const status of [500, 501, 505, 429]) {
      const { peers, client, server } = await askAndWait(t, { retry: { attempts: 1, on: all } }, get(), 2);
      await server.send(failed(status));
      await client.expect(failed(status));
      t.equal(peers[1]!.accepted, 0);
    }
  });

  await t.test("a server that cannot be reached: anything goes on, for nothing was sent", async (t) => {
    for (const ask of [get(), post]) {
      const { peers, plane, connect } = await setUpHttp(t, { retry: { attempts: 1 } }, 2);
      await peers[0]!.refuse();
      peers[1]!.answer(() => ok("x"));
      const client = await connect();
      await client.exchange(ask, ok("x"));
      t.equal(plane.poolCounter("retries"), 1);
      t.equal(plane.upstreamErrors("connect"), 0, "the request has got a good answer");
    }
  });
});

t.test("no more attempts than allowed: the last answer is the client's", async (t) => {
  const options = { retry: { attempts: 2, on: [503] as const } };
  const { peers, plane, connect } = await setUpHttp(t, options, 2);
  let asked = 0;
  for (const peer of peers) peer.answer(() => ok(String(++asked)).replace("200 OK", "503 No"));
  const client = await connect();
  await client.exchange(get(), ok("3").replace("200 OK", "503 No"));
  t.equal(plane.poolCounter("retries"), 2);
});

t.test("never after a byte went down", async (t) => {
  const options: HttpPlaneOptions = { retry: { attempts: 3, on: all } };

  await t.test("of the answer", async (t) => {
    const start = head("HTTP/1.1 200 OK", "Content-Length: 9");
    const { peers, client, server } = await askAndWait(t, options, get(), 2);
    await server.send(start);
    await client.expect(start);
    server.reset();
    await client.waitForEnd();
    t.equal(client.received.length, 0);
    t.equal(peers[1]!.accepted, 0);
  });

  await t.test("of an interim answer", async (t) => {
    const hint = head("HTTP/1.1 103 Early Hints", "Link: </a>");
    for (const end of [failed(503), null]) {
      const { peers, client, server } = await askAndWait(t, options, get(), 2);
      await server.send(hint);
      await client.expect(hint);
      if (end === null) server.reset();
      else await server.send(end);
      await client.expect(end ?? problem(502, "connection-lost", { close: false }));
      t.equal(peers[1]!.accepted, 0);
    }
  });

  await t.test("but bytes of a head that has not gone down do not count", async (t) => {
    const { peers, client, server } = await askAndWait(t, options, get(), 2);
    await server.send("HTTP/1.1 200 OK\r\nContent-");
    server.reset();
    await expectAnswerOn(peers[1]!, client, get());
  });
});

t.test("bodies", async (t) => {
  const options: HttpPlaneOptions = { retry: { attempts: 1, on: ["reset", 503], buffer: 100 } };
  const long = "x".repeat(101);
  const trailers = head("0", "X-Sum: 1");

  const bodies: readonly (readonly [string, string])[] = [
    ["by length", `${request("PUT", "/", "Content-Length: 100")}${long.slice(1)}`],
    ["in chunks", `${request("PUT", "/", "Transfer-Encoding: chunked")}${chunks("ab", "cd")}`],
    ["with trailers", `${request("PUT", "/", "Transfer-Encoding: chunked")}2\r\nab\r\n${trailers}`],
  ];
  for (const [name, ask] of bodies) {
    await t.test(`${name}: go once more as they came`, async (t) => {
      const { peers, client, server } = await askAndWait(t, options, ask, 2);
      server.reset();
      await expectAnswerOn(peers[1]!, client, ask);
    });
  }

  await t.test("longer than what is kept: not", async (t) => {
    const ask = `${request("PUT", "/", `Content-Length: ${long.length}`)}${long}`;
    const { peers, client, server } = await askAndWait(t, options, ask, 2);
    server.reset();
    await client.expect(problem(502, "connection-lost", { close: false }));
    t.equal(peers[1]!.accepted, 0);
  });

  await t.test("longer, but little of it has come: what follows goes to the other server", async (t) => {
    const start = `${request("PUT", "/", `Content-Length: ${long.length}`)}x`;
    const { peers, client, server } = await askAndWait(t, options, start, 2);
    await server.send(failed(503));
    const other = await peers[1]!.nextConnection();
    await other.expect(start);
    await client.send(long.slice(1));
    await other.expect(long.slice(1));
    await other.send(ok("x"));
    await client.expect(ok("x"));
  });
});

t.test("the budget", async (t) => {
  /** So many requests are under way when all are answered 503: how many of them are tried again? */
  const failAt = async (t: Test, requests: number, retry: HttpPlaneOptions["retry"]) => {
    const set = await setUpHttp(t, { retry: { attempts: 1, on: [503], ...retry } });
    const { peer, plane, connect } = set;
    const clients = await Promise.all(Array.from({ length: requests }, () => connect()));
    peer.answer(() => failed(503));
    peer.hold();
    for (const client of clients) await client.send(get());
    await until(() => peer.requests.length === requests);
    peer.silence();
    peer.release();
    await until(() => plane.poolCounter("retries") + plane.poolCounter("retriesRefused") === requests);
    return { ...set, clients };
  };

  for (const [requests, retry, allowed] of [
    [40, { budget: 20, least: 3 }, 8],
    [40, { budget: 50, least: 3 }, 20],
    [10, { budget: 20, least: 3 }, 3],
    [2, { budget: 20, least: 3 }, 2],
    [10, { budget: 0, least: 0 }, 0],
    [10, { budget: 100, least: 0 }, 10],
  ] as const) {
    const name = `${retry.budget} %, at least ${retry.least}: ${allowed} of ${requests}`;
    await t.test(name, async (t) => {
      const { peer, plane, clients } = await failAt(t, requests, retry);
      t.equal(plane.poolCounter("retries"), allowed);
      t.equal(plane.poolCounter("retriesRefused"), requests - allowed);
      await until(() => peer.requests.length === requests + allowed);
      const refused = () => clients.filter((client) => client.received.length > 0);
      await until(() => refused().length === requests - allowed);
      for (const client of refused()) await client.expect(failed(503));
    });
  }

  await t.test("is not asked where a server goes with all that it has under way", async (t) => {
    const requests = 40;
    const { peers, plane, connect } = await setUpHttp(
      t,
      { retry: { attempts: 1, on: ["reset"], budget: 0, least: 0 } },
      2,
    );
    const [dying, well] = peers as [ScriptedServer, ScriptedServer];
    well.answer(() => ok("well"));
    const clients = await Promise.all(Array.from({ length: requests }, () => connect()));
    for (const client of clients) await client.send(get());
    await until(() => dying.requests.length === requests / 2);
    await dying.refuse();
    dying.resetAll();
    for (const client of clients) await client.expect(ok("well"));
    t.equal(plane.poolCounter("retries"), requests / 2);
    t.equal(plane.poolCounter("retriesRefused"), 0);
  });

  await t.test("is given back when the retry has ended", async (t) => {
    const { peer, plane, client, server } = await askAndWait(t, {
      retry: { attempts: 1, on: [503], budget: 0, least: 1 },
    });
    let asked = server;
    for (let i = 0; i < 3; i++) {
      if (i > 0) {
        await client.send(get());
        await asked.expect(get());
      }
      await asked.send(failed(503));
      asked = await expectAnswerOn(peer, client, get());
    }
    t.equal(plane.poolCounter("retriesRefused"), 0);
  });
});
