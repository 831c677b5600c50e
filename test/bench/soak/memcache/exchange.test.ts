import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import t, { type Test } from "tap";
import { Batch, type Exchange, oneLine, retrieval } from "../../../../bench/soak/memcache/exchange.ts";
import { MemcacheTally } from "../../../../bench/soak/memcache/memcache-tally.ts";
import { metaGet, quietMetaGets } from "../../../../bench/soak/memcache/meta-exchange.ts";
import { OwnKey } from "../../../../bench/soak/memcache/own-key.ts";
import { makeValue } from "../../../../bench/soak/memcache/value.ts";
import { Progress } from "../../../../bench/soak/progress.ts";
import { ConnectionLost, WireReader } from "../../../../bench/soak/wire-reader.ts";

const shared = (key: string) => ({ key, own: undefined });

/** A classic block of `key` in `version`, under another name if one is given. */
function block(key: string, version: number, name = key): string {
  const { flags, body } = makeValue(key, version);
  return `VALUE ${name} ${flags} ${body.length}\r\n${body.toString("latin1")}\r\n`;
}

/** Lets an exchange take this answer; resolves to what was counted. */
async function take(t: Test, make: (batch: Batch) => Exchange, answer: string): Promise<MemcacheTally> {
  const server = createServer((socket) => socket.end(answer, "latin1")).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => server.close());
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  t.teardown(() => socket.destroy());
  const tally = new MemcacheTally();
  await make(new Batch(new Progress(), tally)).take(new WireReader(socket));
  return tally;
}

t.test("right answers pass", async (t) => {
  const get = await take(
    t,
    (batch) => retrieval(batch, "get", [shared("a"), shared("b"), shared("c")]),
    `${block("a", 1)}${block("c", 2)}END\r\n`,
  );
  t.match(get, { verified: 2, misses: 1, wrong: 0 });
  const { flags, body } = makeValue("a", 3);
  const value = `VA ${body.length} ka s${body.length} f${flags} O9\r\n${body.toString("latin1")}\r\n`;
  t.match(await take(t, (batch) => metaGet(batch, shared("a"), 9), value), { verified: 1, wrong: 0 });
  t.match(await take(t, (batch) => metaGet(batch, shared("a"), 9), "EN ka O9\r\n"), { misses: 1, wrong: 0 });
  const quiet = (batch: Batch): Exchange => quietMetaGets(batch, [shared("z"), shared("a")], 8);
  t.match(await take(t, quiet, `${value}MN\r\n`), { verified: 1, wrong: 0 });
});

t.test("errors are counted by their kind", async (t) => {
  const store = (batch: Batch): Exchange => oneLine(batch, "set", [], ["STORED"]);
  const tally = await take(t, store, "SERVER_ERROR timeout s1: no answer\r\n");
  t.same([...tally.errors], [["timeout", 1]]);
  t.equal(tally.calmErrors.size, 1);
});

t.test("wrong answers are told", async (t) => {
  const get = (batch: Batch): Exchange => retrieval(batch, "get", [shared("a"), shared("b")]);
  t.match(await take(t, get, `${block("other", 1, "a")}END\r\n`), { wrong: 1 });
  const own = new OwnKey("a");
  own.certain(5, 0);
  const getOwn = (batch: Batch): Exchange => retrieval(batch, "get", [{ key: "a", own }]);
  t.match(await take(t, getOwn, `${block("a", 4)}END\r\n`), { wrong: 1 });
  t.match(await take(t, getOwn, "END\r\n"), { wrong: 1 });
  t.match(await take(t, getOwn, `${block("a", 5)}END\r\n`), { wrong: 0, exact: 1 });
});

t.test("answers out of step are told", async (t) => {
  const get = (batch: Batch): Exchange => retrieval(batch, "get", [shared("a"), shared("b")]);
  await t.rejects(take(t, get, "STORED\r\n"));
  await t.rejects(take(t, get, `${block("b", 1)}${block("a", 1)}END\r\n`));
  const lost = (inValue: boolean) => Object.assign(new ConnectionLost(null), { inValue });
  await t.rejects(take(t, get, `${block("a", 1)}EN`), lost(false));
  await t.rejects(take(t, get, block("a", 1).slice(0, -1)), lost(true));
  const store = (batch: Batch): Exchange => oneLine(batch, "set", [], ["STORED"]);
  await t.rejects(take(t, store, "END\r\n"));
  const meta = (batch: Batch): Exchange => metaGet(batch, shared("a"), 9);
  await t.rejects(take(t, meta, "EN kb O9\r\n"));
  await t.rejects(take(t, meta, "VA 0 ka s0 f0 O8\r\n\r\n"));
});
