// Does the soak of HTTP notice an answer that is not the one to its request?
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import t, { type Test } from "tap";
import { Batch, type HttpContext } from "../../../../bench/soak/http/batch.ts";
import { EchoExchange, type EchoRequest } from "../../../../bench/soak/http/echo-exchange.ts";
import { answerBody, bodyOf, endDigest, requestDigest } from "../../../../bench/soak/http/echo-rules.ts";
import { Homes } from "../../../../bench/soak/http/homes.ts";
import type { HttpExchange } from "../../../../bench/soak/http/http-exchange.ts";
import { HttpTally } from "../../../../bench/soak/http/http-tally.ts";
import { RefusedExchange } from "../../../../bench/soak/http/refused-exchange.ts";
import { Progress } from "../../../../bench/soak/progress.ts";
import { Random } from "../../../../bench/soak/random.ts";
import { WireReader } from "../../../../bench/soak/wire-reader.ts";

const size = 1000;
const request: EchoRequest = {
  kind: "POST",
  method: "POST",
  bytes: [],
  later: [],
  target: "/x",
  key: "k",
  body: bodyOf(7, 10),
  tail: "",
  wish: { id: 7, answer: "length", status: 200, size },
  home: () => "k",
};
const digest = endDigest(requestDigest("POST", "/x", "k").update(request.body), "");
const body = answerBody(digest, size).toString("latin1");
const identity = "x-server: s1\r\nx-id: 7\r\n";

/** The right answer but for what is given. */
function answer(other: { identity?: string; digest?: string; body?: string; length?: number } = {}): string {
  const length = other.length ?? size;
  const lines = `${other.identity ?? identity}x-digest: ${other.digest ?? digest}\r\nContent-Length: ${length}\r\n`;
  return `HTTP/1.1 200 OK\r\n${lines}\r\n${other.body ?? body}`;
}

function newContext(): HttpContext {
  const progress = new Progress();
  const tally = new HttpTally();
  return { port: 0, progress, tally, homes: new Homes(progress, tally), tunnels: true };
}

/** Lets an exchange take this answer; resolves to what was counted and whether the connection is good. */
async function take(
  t: Test,
  text: string,
  make: (batch: Batch) => HttpExchange = (batch) => new EchoExchange(batch, request),
  context = newContext(),
): Promise<{ tally: HttpTally; good: boolean }> {
  const server = createServer((socket) => socket.end(text, "latin1")).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => server.close());
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  t.teardown(() => socket.destroy());
  const good = await make(new Batch(context)).take(new WireReader(socket), () => undefined);
  return { tally: context.tally, good };
}

t.test("the right answer passes, whichever way it comes", async (t) => {
  const { tally, good } = await take(t, answer());
  t.match(tally, { verified: 1, verifiedBytes: size, wrong: 0 });
  t.ok(good);
  const head = `HTTP/1.1 200 OK\r\n${identity}x-digest: ${digest}\r\n`;
  const hints = `HTTP/1.1 103 Early Hints\r\n${identity}\r\n`;
  const chunks = `Transfer-Encoding: chunked\r\n\r\n64\r\n${body.slice(0, 100)}\r\n384\r\n${body.slice(100)}\r\n0\r\n\r\n`;
  t.match((await take(t, hints + head + chunks)).tally, { verified: 1 });
  const toTheEnd = await take(t, `${head}Connection: close\r\n\r\n${body}`);
  t.match(toTheEnd.tally, { verified: 1 });
  t.notOk(toTheEnd.good);
});

t.test("an answer to another request, and another body, are told", async (t) => {
  await t.rejects(take(t, answer({ identity: "x-server: s1\r\nx-id: 8\r\n" })), /8 instead of 7/);
  await t.rejects(take(t, answer({ digest: "0".repeat(40) })), /digest/);
  await t.rejects(take(t, answer({ body: `${body.slice(0, -1)}!` })), /another body/);
  await t.rejects(take(t, answer({ length: size - 1 })), /999 bytes/);
  await t.rejects(take(t, answer({ body: body.slice(0, -1) })), /closed/);
  await t.rejects(
    take(t, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
    /both/,
  );
  await t.rejects(take(t, `HTTP/1.1 103 Early Hints\r\nx-id: 8\r\n\r\n${answer()}`), /8 instead of 7/);
});

t.test("an answer that was broken off must not look complete", async (t) => {
  await t.rejects(
    take(t, `HTTP/1.1 200 OK\r\n${identity}x-cut: yes\r\nContent-Length: 4\r\n\r\nhalf`),
    /complete/,
  );
  await t.rejects(
    take(t, `HTTP/1.1 200 OK\r\n${identity}x-cut: yes\r\nContent-Length: 9\r\n\r\nhalf`),
    /closed/,
  );
});

t.test("errors are counted by their kind, and as wrong where every server is well", async (t) => {
  const problem = `{"code":"timeout"}`;
  const own = `HTTP/1.1 504 X\r\npodmate-error: timeout\r\nContent-Length: ${problem.length}\r\n\r\n${problem}`;
  const calm = await take(t, own);
  t.same([...calm.tally.errors], [["timeout", 1]]);
  t.equal(calm.tally.calmErrors.size, 1);
  const context = newContext();
  context.progress.beginTrouble();
  const { tally } = await take(t, own, undefined, context);
  t.equal(tally.calmErrors.size, 0);
  await t.rejects(take(t, own.replace("error: timeout", "error: connect")), /code/);
});

t.test("what must be refused is refused, and the connection closed", async (t) => {
  const refused = (batch: Batch): HttpExchange => new RefusedExchange(batch, new Random(1));
  const own = "HTTP/1.1 400 X\r\npodmate-error: bad-host\r\nContent-Length: 0\r\n";
  t.match(await take(t, `${own}Connection: close\r\n\r\n`, refused), { good: false });
  await t.rejects(take(t, `${own}\r\n`, refused));
  await t.rejects(take(t, answer(), refused));
});

t.test("a key keeps to its server until something changes", async (t) => {
  const { homes, progress, tally } = newContext();
  const see = (server: string): void => homes.take("k", server, progress.epoch, progress.calm);
  see("s1");
  see("s1");
  t.match(tally, { atHome: 1, wrong: 0 });
  await progress.change(async () => see("s2"));
  see("s2");
  t.match(tally, { wrong: 0 });
  see("s1");
  t.match(tally, { wrong: 1 });
  progress.beginTrouble();
  see("s3");
  t.match(tally, { wrong: 1 });
});

t.test("a POST that is carried out twice is told", async (t) => {
  const tally = new HttpTally();
  tally.takePost(1);
  tally.takePost(2);
  t.equal(tally.wrong, 0);
  tally.takePost(1);
  t.equal(tally.wrong, 1);
});
