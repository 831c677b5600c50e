import { ByteQueue } from "../../core/byte-queue.ts";
import { form } from "../../memcache/command-table.ts";
import { replyForm } from "../../memcache/reply-form.ts";
import type { RequestParser } from "../../memcache/request-parser.ts";
import { serverLineHead } from "../../memcache/server-line.ts";
import { POOL } from "../../observe/metric-layout.ts";
import type { Connection } from "../../upstream/memcache/connection.ts";
import type { Pool } from "../../upstream/memcache/pool.ts";
import type { Server } from "../../upstream/memcache/server.ts";
import type { Question } from "./reread.ts";
import type { Router } from "./router.ts";
import { Part, Split } from "./split.ts";
import { wireError } from "./wire-error.ts";

/**
 * Longest keys of a line, with their blanks: memcached reads lines up to 2,048 bytes from anybody, before 1.6 only those
 * that begin with `get`, and 1,024 of any other.
 */
const longestGet = 2_000;
const longestGat = 1_000;

const space = 0x20;
const lf = 0x0a;
const letterA = 0x61;
const letterV = 0x56;
const crlf = Buffer.from("\r\n");
const end = Buffer.from("END\r\n");
/** Length of "VALUE ". */
const valueWord = 6;

/** The keys that one connection is asked for. */
class KeyPart extends Part {
  server: Server | null = null;
  connection: Connection | null = null;
  /** Bytes of the keys, with a blank before each. */
  length = 0;
  /** Index of the first and the last key; the others are linked in `Gather.following`. */
  first = 0;
  last = 0;
  /** How far the reply has been passed on. */
  cursor = 0;

  /** Its keys have moved to other parts. */
  leave(): void {
    this.keys = 0;
    this.done();
  }

  override moveOn(bytes: Buffer, start: number): boolean {
    return (this.split as Gather).move(this, bytes, start, commandEnd(bytes, start));
  }
}

/**
 * A get of many keys over several servers: each is asked for its keys in one line, and the values are put together
 * in the order in which the client asked, duplicates included. A server answers in the order it was asked and leaves
 * out what it does not have (the connection lets no other reply through), so that one pass over the keys with a cursor in
 * each reply is enough.
 */
export class Gather extends Split<KeyPart> {
  /** The keys as they were asked for, and where in there each begins and ends. */
  private readonly line = new ByteQueue();
  private bounds = new Int32Array(64);
  /** Per key, the part it belongs to and the next key of that part. */
  private partOf = new Int32Array(32);
  private following = new Int32Array(32);
  private count = 0;
  /** Bytes that the keys of one line may take. */
  private longest = longestGet;
  /** Bytes that it takes to remember what was asked for. */
  private size = 0;

  static take(): Gather {
    return spare.pop() ?? new Gather();
  }

  /** Asks the servers for the keys that `request` has found in `bytes`. */
  send(request: RequestParser, bytes: Buffer, router: Router): void {
    this.locate(request, bytes, router);
    // What moves on adds parts that are sent already.
    const { length } = this.parts;
    for (let i = 0; i < length; i++) this.ask(this.parts[i]!, request, bytes);
  }

  /**
   * Asks other servers for the keys of a part whose own cannot be reached; bytes[start, stop) is the command up to the first
   * key. False if there is no other server.
   */
  move(part: KeyPart, bytes: Buffer, start: number, stop: number): boolean {
    const { bounds, following, parts } = this;
    const { pool, keys } = part;
    const line = this.line.buffer;
    const own = parts.length;
    let key = part.first;
    if (pool.detour(line, bounds[2 * key]!, bounds[2 * key + 1]!) === null) return false;
    for (let left = keys; left > 0; left--) {
      const next = following[key]!;
      const server = pool.detour(line, bounds[2 * key]!, bounds[2 * key + 1]!)!;
      const connection = server.connectionFor(line, bounds[2 * key]!, bounds[2 * key + 1]!);
      const length = this.lengthOf(key);
      this.give(key, length, this.partFor(pool, server, connection, length, own));
      key = next;
    }
    const { length } = parts;
    for (let i = own; i < length; i++) this.askAgain(parts[i]!, bytes, start, stop);
    part.leave();
    return true;
  }

  private askAgain(part: KeyPart, bytes: Buffer, start: number, stop: number): void {
    const server = part.server!;
    const connection = part.connection!;
    const refusal = server.refusal(connection, part.command);
    if (refusal !== null) {
      part.onFailure(server.turnAway(refusal));
      return;
    }
    server.countRequest(part.command);
    const { bounds, following } = this;
    const line = this.line.buffer;
    let key = part.first;
    connection.push(part, line, bounds[2 * key]!, bounds[2 * key + 1]!);
    for (let left = part.keys - 1; left > 0; left--) {
      key = following[key]!;
      connection.pushKey(part, line, bounds[2 * key]!, bounds[2 * key + 1]!);
    }
    connection.writer.append(bytes, start, stop);
    connection.writeKeys(part);
    connection.writer.append(crlf, 0, 2);
  }

  /** Bytes that a key takes in a line, with its blank. */
  private lengthOf(key: number): number {
    return this.bounds[2 * key + 1]! - this.bounds[2 * key]! + 1;
  }

  /** The keys in the order of the client, those that follow each other at one server in one line. */
  override questions(): readonly Question[] | null {
    const { bounds, partOf, parts, count } = this;
    if (parts.some((part) => part.failed || part.failure !== null)) return null;
    const name = this.form === replyForm.valuesCas ? "gets" : "get";
    const questions: Question[] = [];
    for (let i = 0; i < count; ) {
      const part = parts[partOf[i]!]!;
      const first = i;
      while (i < count && parts[partOf[i]!] === part) i++;
      const keys: string[] = [];
      for (let key = first; key < i; key++)
        keys.push(this.line.buffer.toString("latin1", bounds[2 * key]!, bounds[2 * key + 1]!));
      const words = keys.join(" ");
      questions.push({ server: part.server!, words, text: `${name} ${words}\r\n` });
    }
    return questions;
  }

  override recycle(): void {
    if (spare.length === kept || this.partOf.length > largestKept) return;
    // One that was given up is still in its connection's order of replies.
    if (this.parts.some((part) => part.expired)) return;
    this.reuse();
    spare.push(this);
  }

  protected merge(): void {
    const refusal = this.refusal();
    if (refusal !== null) {
      this.emitText(refusal);
      return;
    }
    const { bounds, partOf, parts, count } = this;
    const line = this.line.buffer;
    this.reserve(this.replyLength());
    // Values that follow each other in a reply and in the answer are passed on at once.
    let run = parts[partOf[0]!]!;
    let runStart = 0;
    for (let i = 0; i < count; i++) {
      const part = parts[partOf[i]!]!;
      const { cursor } = part;
      const { buffer, length } = part.reply;
      const start = bounds[2 * i]!;
      const stop = bounds[2 * i + 1]!;
      const keyEnd =
        part.values === part.keys
          ? endOfNext(buffer, cursor, stop - start)
          : endOfKey(buffer, cursor, length, line, start, stop);
      if (keyEnd < 0) continue;
      if (part !== run) {
        this.emit(run.reply.buffer, runStart, run.cursor);
        run = part;
        runStart = cursor;
      }
      part.cursor = valueEnd(buffer, keyEnd, length);
    }
    this.emit(run.reply.buffer, runStart, run.cursor);
    this.emit(end, 0, end.length);
  }

  protected override settle(): void {
    // Here, and not where it leaves the order of answers: of a client that is gone, nothing leaves it.
    this.line.clear();
    this.session.requestBytes -= this.size;
    super.settle();
  }

  protected createPart(): KeyPart {
    return new KeyPart(this);
  }

  /** Finds the part of each key. */
  private locate(request: RequestParser, bytes: Buffer, router: Router): void {
    const { words, firstKey, keyCount } = request;
    const lineStart = words[2 * firstKey]!;
    this.line.append(bytes, lineStart, request.argsEnd);
    this.count = keyCount;
    // The connections keep the keys, too.
    this.size = 2 * this.line.length + bytesPerKey * keyCount;
    this.session.requestBytes += this.size;
    if (keyCount > this.partOf.length) this.grow(keyCount);
    const { bounds } = this;
    this.longest = request.form === form.gat ? longestGat : longestGet;
    for (let i = 0; i < keyCount; i++) {
      const start = words[2 * (firstKey + i)]!;
      const stop = words[2 * (firstKey + i) + 1]!;
      const pool = router.poolFor(bytes, start, stop);
      pool.hotKeys?.observe(bytes, start, stop);
      const server = pool.locate(bytes, start, stop);
      const connection = server === null ? null : server.connectionFor(bytes, start, stop);
      bounds[2 * i] = start - lineStart;
      bounds[2 * i + 1] = stop - lineStart;
      // With its blank.
      const length = stop - start + 1;
      this.give(i, length, this.partFor(pool, server, connection, length, 0));
    }
  }

  /** Puts a key, which takes `length` bytes in a line, into the part at `index`. */
  private give(key: number, length: number, index: number): void {
    const part = this.parts[index]!;
    if (part.keys === 0) part.first = key;
    else this.following[part.last] = key;
    part.last = key;
    part.keys++;
    part.length += length;
    this.partOf[key] = index;
  }

  /** The part of a connection that has room for a key of so many bytes: one from `first` on, or else a new one. */
  private partFor(
    pool: Pool,
    server: Server | null,
    connection: Connection | null,
    length: number,
    first: number,
  ): number {
    const { parts } = this;
    for (let i = parts.length - 1; i >= first; i--) {
      const part = parts[i]!;
      const same = part.connection === connection && part.pool === pool;
      if (same && part.length + length < this.longest) return i;
    }
    const part = this.addPart(pool);
    part.server = server;
    part.connection = connection;
    part.keys = part.length = part.cursor = 0;
    return parts.length - 1;
  }

  private replyLength(): number {
    let length = end.length;
    for (let i = 0; i < this.parts.length; i++) length += this.parts[i]!.reply.length;
    return length;
  }

  private ask(part: KeyPart, request: RequestParser, bytes: Buffer): void {
    const { words, firstKey } = request;
    const { server, connection } = part;
    if (server === null || connection === null) {
      part.onFailure(part.pool.noServer());
      return;
    }
    const refusal = server.refusal(connection, part.command);
    if (refusal !== null) {
      const head = Buffer.from(`${serverLineHead(request, bytes)} `, "latin1");
      const failure = server.turnAway(refusal);
      if (refusal !== "connectPause" || !this.move(part, head, 0, head.length)) part.onFailure(failure);
      return;
    }
    server.countRequest(part.command);
    const { writer } = connection;
    const { following } = this;
    let word = firstKey + part.first;
    connection.push(part, bytes, words[2 * word]!, words[2 * word + 1]!);
    for (let key = part.first, left = part.keys - 1; left > 0; left--) {
      key = following[key]!;
      word = firstKey + key;
      connection.pushKey(part, bytes, words[2 * word]!, words[2 * word + 1]!);
    }
    if (request.canonical) writer.append(bytes, words[0]!, words[2 * firstKey - 1]! + 1);
    else writer.appendLatin1(`${serverLineHead(request, bytes)} `);
    connection.writeKeys(part);
    writer.append(crlf, 0, 2);
  }

  private grow(count: number): void {
    const size = 2 ** Math.ceil(Math.log2(count));
    this.bounds = new Int32Array(2 * size);
    this.partOf = new Int32Array(size);
    this.following = new Int32Array(size);
  }

  /** The error that the whole is answered with, or null if what the servers gave is to be passed on. */
  private refusal(): string | null {
    const { parts } = this;
    const refused = parts.find((part) => part.failed);
    if (refused !== undefined) {
      const text = errorLine(refused);
      // The client's own mistake is told in any case.
      if (!text.startsWith("SERVER_ERROR") || this.strict(parts, refused)) return text;
    }
    const lost = parts.find((part) => part.failure !== null);
    if (lost === undefined && refused === undefined) return null;
    if (lost !== undefined && this.strict(parts, lost)) return wireError(lost.failure!);
    for (const part of parts) {
      if (part.failed || part.failure !== null) part.pool.block[POOL.partialMultigets]! += 1;
    }
    return null;
  }

  /** Whether the failure of `part` fails the whole. */
  private strict(parts: readonly Part[], part: Part): boolean {
    return part.pool.options.on_error === "error" || parts.every(isLost);
  }
}

const spare: Gather[] = [];
const kept = 256;
/** Most keys of a record that is used again; a larger one is left to the garbage collector. */
const largestKept = 1024;
/** What `bounds`, `partOf` and `following` take for a key. */
const bytesPerKey = 16;

/** Whether a part has nothing to give: it has failed, or its keys have moved on. */
function isLost(part: Part): boolean {
  return part.failed || part.failure !== null || part.keys === 0;
}

/** Where in the line of a get the keys begin: behind `get`, or behind the time of a `gat`. */
function commandEnd(bytes: Buffer, start: number): number {
  const isTouch = bytes[start + 1] === letterA;
  const behind = bytes.indexOf(space, start) + 1;
  return isTouch ? bytes.indexOf(space, behind) + 1 : behind;
}

/** The last line of a reply that ended in an error. */
function errorLine(part: Part): string {
  const text = part.reply.buffer.toString("latin1", 0, part.reply.length);
  return text.slice(text.lastIndexOf("\n", text.length - 2) + 1);
}

/**
 * The same where the server has every key that it was asked for, so that the next value is of this one, whose length is
 * `keyLength`.
 */
function endOfNext(reply: Buffer, start: number, keyLength: number): number {
  const at = start + valueWord + keyLength;
  return reply[start] === letterV && reply[at] === space ? at : -1;
}

/**
 * Where the key of the value ends with which the reply goes on at `start`; -1 if that is not key[keyStart, keyEnd). The
 * connection has read the reply already, and let through nothing but blocks of keys that were asked for.
 */
function endOfKey(
  reply: Buffer,
  start: number,
  length: number,
  key: Buffer,
  keyStart: number,
  keyEnd: number,
): number {
  let at = start + valueWord;
  if (at + keyEnd - keyStart >= length || reply[start] !== letterV) return -1;
  for (let i = keyStart; i < keyEnd; i++) {
    if (reply[at++] !== key[i]) return -1;
  }
  return reply[at] === space ? at : -1;
}

/** The end of the VALUE block whose key ends at `at`; never behind `length`. */
function valueEnd(reply: Buffer, at: number, length: number): number {
  at++;
  while (at < length && reply[at] !== space) at++;
  at++;
  let size = 0;
  for (let digit = reply[at]! - 0x30; at < length && digit >= 0 && digit <= 9; digit = reply[++at]! - 0x30)
    size = size * 10 + digit;
  while (at < length && reply[at] !== lf) at++;
  return Math.min(length, at + 1 + size + 2);
}
