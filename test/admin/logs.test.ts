import type { IncomingMessage } from "node:http";
import { request as httpRequest } from "node:http";
import t, { type Test } from "tap";
import { Client } from "undici";
import { startAdmin } from "../../src/admin/admin-server.ts";
import { mostFollowers } from "../../src/admin/routes/logs.ts";
import { logAnswers } from "../../src/answers/log-answers.ts";
import { startLogger } from "../../src/observe/logger.ts";
import { RecentLog } from "../../src/observe/recent-log.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { fineAdmin } from "../support/fine-admin.ts";
import { Inbox } from "../support/inbox.ts";
import { until } from "../support/until.ts";

interface Line {
  readonly sequence: number;
  readonly msg: string;
}

/** A management interface whose log is real, but for its clock. */
async function start(t: Test) {
  const clock = new FakeClock();
  const logger = startLogger({
    level: "info",
    clock,
    recent: new RecentLog(),
    output: { write: () => {}, flush: async () => {}, dropped: 0 },
  });
  const api = fineAdmin({ logs: logAnswers(logger, () => clock.wall()) });
  const admin = await startAdmin({ host: "127.0.0.1", port: 0 }, api);
  t.teardown(() => admin.close());
  const port = "port" in admin.address ? admin.address.port : 0;
  const client = new Client(`http://127.0.0.1:${port}`);
  t.teardown(() => client.destroy());

  async function ask(path: string, headers: Record<string, string> = {}, put?: unknown) {
    const {
      statusCode,
      headers: got,
      body,
    } = await client.request({
      path,
      method: put === undefined ? "GET" : "PUT",
      headers: put === undefined ? headers : { ...headers, "content-type": "application/json" },
      body: put === undefined ? null : JSON.stringify(put),
    });
    const text = await body.text();
    const type = String(got["content-type"]);
    return {
      status: statusCode,
      type,
      text,
      json: type.includes("json;") || type.includes("problem") ? JSON.parse(text) : null,
    };
  }
  const messages = async (query: string) =>
    (await ask(`/logs${query}`)).json.lines.map(({ msg }: Line) => msg) as string[];

  /** Follows the log; what comes is in `inbox`. */
  async function follow(path: string, headers: Record<string, string> = {}, method = "GET") {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const request = httpRequest({ port, path, headers, method, agent: false }, resolve)
      .on("error", reject)
      .end();
    t.teardown(() => request.destroy());
    const response = await promise;
    const inbox = new Inbox("the log", 10_000);
    response.on("data", (chunk: Buffer) => inbox.push(chunk));
    response.on("end", () => inbox.end("end"));
    response.on("error", () => inbox.end("error"));
    return { inbox, response, request };
  }
  return { admin, ask, clock, follow, logger, messages };
}

t.test("a page of the log, as it was written, with numbers", async (t) => {
  const { ask, logger } = await start(t);
  logger.child("ambassador")("warn", { pool: "p", server: "a" }, "server ejected");
  const { status, json } = await ask("/logs");
  t.equal(status, 200);
  t.same(json, {
    lines: [
      {
        sequence: 1,
        level: "warn",
        time: "2026-01-01T00:00:00.000Z",
        module: "ambassador",
        pool: "p",
        server: "a",
        msg: "server ejected",
      },
    ],
    older: null,
    newer: 1,
    dropped: 0,
  });
});

t.test("filtered by level, module, pool and time", async (t) => {
  const { ask, clock, logger, messages } = await start(t);
  const ambassador = logger.child("ambassador");
  ambassador("info", { pool: "p" }, "one");
  clock.advance(60_000);
  ambassador("error", { pool: "q" }, "two");
  logger.log("warn", {}, "three");
  t.same(await messages("?level=warn"), ["two", "three"]);
  t.same(await messages("?module=ambassador"), ["one", "two"]);
  t.same(await messages("?module=ambassador,daemon&level=warn"), ["two", "three"]);
  t.same(await messages("?pool=p"), ["one"]);
  t.same(await messages("?since=30s"), ["two", "three"]);
  t.same(await messages("?until=30s"), ["one"]);
  t.same(await messages("?since=2026-01-01T00:01:00Z&until=2026-01-02"), ["two", "three"]);
  t.same(await messages("?limit=1"), ["three"]);
  t.same(await messages("?after=1&limit=1"), ["two"]);
  t.same(await messages("?before=2"), ["one"]);
  for (const query of ["since=yesterday", "level=loud", "limit=1001", "after=-1", "follow=maybe"]) {
    t.match(await ask(`/logs?${query}`), { status: 400, type: /problem/ }, query);
  }
});

t.test("as a line each", async (t) => {
  const { ask, logger } = await start(t);
  logger.log("info", {}, "one");
  logger.log("info", {}, "two");
  const { type, text } = await ask("/logs", { accept: "application/x-ndjson" });
  t.match(type, /^application\/x-ndjson/);
  const lines = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  t.match(lines, [
    { sequence: 1, msg: "one" },
    { sequence: 2, msg: "two" },
  ]);
});

t.test("followed as NDJSON: the last lines, then those to come, to the end of the daemon", async (t) => {
  const { admin, follow, logger } = await start(t);
  for (const text of ["one", "two", "three"]) logger.log("info", {}, text);
  const { inbox, response } = await follow("/logs?follow&limit=2");
  t.equal(response.headers["content-type"], "application/x-ndjson");
  t.match(JSON.parse(await inbox.readLine()), { sequence: 2, msg: "two" });
  t.match(JSON.parse(await inbox.readLine()), { sequence: 3, msg: "three" });
  logger.log("info", {}, "four");
  t.match(JSON.parse(await inbox.readLine()), { sequence: 4, msg: "four" });
  logger.log("info", {}, "five");
  await admin.close();
  t.match(JSON.parse(await inbox.readLine()), { sequence: 5, msg: "five" });
  await inbox.expectEnd();
});

t.test("followed as server-sent events, and resumed after the last one seen", async (t) => {
  const { follow, logger } = await start(t);
  for (const text of ["one", "two", "three"]) logger.log("info", {}, text);
  const accept = "text/event-stream";
  const first = await follow("/logs", { accept });
  t.equal(first.response.headers["content-type"], accept);
  t.equal(await first.inbox.readLine(), "id: 1");
  t.match(await first.inbox.readLine(), /^data: \{"sequence":1,.*"msg":"one"\}$/);
  t.equal(await first.inbox.readLine(), "");
  first.request.destroy();

  const second = await follow("/logs", { accept, "last-event-id": "2" });
  t.equal(await second.inbox.readLine(), "id: 3");
  const restarted = await follow("/logs", { accept, "last-event-id": "900" });
  t.equal(await restarted.inbox.readLine(), "id: 1", "a number of another life of the daemon means nothing");
});

t.test("only so many may follow at once, and a place is free again when one goes", async (t) => {
  const { ask, follow } = await start(t);
  const all = await Promise.all(Array.from({ length: mostFollowers }, () => follow("/logs?follow")));
  t.match(await ask("/logs?follow"), { status: 429, json: { title: "Too many followers" } });
  all[0]!.request.destroy();
  await until(async () => {
    const { response, request } = await follow("/logs?follow");
    request.destroy();
    return response.statusCode === 200;
  });
});

t.test("a follower knows at once that it follows, though there is no line yet", async (t) => {
  const { follow, logger } = await start(t);
  const { inbox, response } = await follow("/logs?follow&limit=0");
  t.equal(response.statusCode, 200);
  logger.log("info", {}, "one");
  t.match(JSON.parse(await inbox.readLine()), { msg: "one" });
});

t.test("who asks for the head alone of what can be followed follows nothing", async (t) => {
  const { follow } = await start(t);
  for (let i = 0; i <= mostFollowers; i++) {
    const { inbox, response } = await follow("/logs?follow", {}, "HEAD");
    t.match(response, { statusCode: 200, headers: { "content-type": "application/x-ndjson" } });
    await inbox.expectEnd();
  }
});

t.test("the level of the whole and of a module, for a time", async (t) => {
  const { ask, clock, logger } = await start(t);
  const ambassador = logger.child("ambassador");
  const set = (body: unknown) => ask("/log-level", {}, body);
  t.match((await ask("/log-level")).json, {
    level: "info",
    set: false,
    until_unix_ms: null,
    configured_level: "info",
    modules: [{ module: "admin" }, { module: "ambassador", level: "info", set: false }, { module: "daemon" }],
  });
  const { json } = await set({ module: "ambassador", level: "debug", for: "10m" });
  t.match(json.modules[1], { level: "debug", set: true, until_unix_ms: clock.wall() + 600_000 });
  ambassador("debug", {}, "seen");
  logger.log("debug", {}, "unseen");
  clock.advance(600_000);
  ambassador("debug", {}, "unseen");
  t.same(
    [...logger.recent.lines()].map(({ text }) => JSON.parse(text).msg),
    ["log level set", "seen"],
  );

  t.match((await ask("/logs")).json.lines[0], { level: "info", of: "ambassador", to: "debug", for: "10m" });

  t.match((await set({ level: "error" })).json, { level: "error", set: true, until_unix_ms: null });
  t.match((await set({ level: null })).json, { level: "info", set: false });
});

t.test("a level that makes no sense is refused, and changes nothing", async (t) => {
  const { ask, logger } = await start(t);
  const cases: readonly [unknown, number][] = [
    [{ level: "loud" }, 400],
    [{}, 400],
    [{ level: "debug", module: "nobody" }, 404],
    [{ level: "debug", for: "10" }, 400],
    [{ level: "debug", for: "0" }, 400],
    [{ level: "debug", for: "25h" }, 400],
  ];
  for (const [body, status] of cases) {
    t.match(await ask("/log-level", {}, body), { status, type: /problem/ }, JSON.stringify(body));
  }
  t.match(await ask("/log-level", { origin: "http://evil.example" }, { level: "debug" }), { status: 403 });
  t.same(logger.levels.state(), { level: "info", set: false, until: null });
});
