import { createSocket } from "node:dgram";
import type { Teardown } from "./teardown.ts";

/** A record of an answer; TTLs in s. */
export type StubRecord =
  | { readonly type: "A"; readonly ttl: number; readonly address: string }
  | {
      readonly type: "SRV";
      readonly ttl: number;
      readonly priority: number;
      readonly weight: number;
      readonly port: number;
      readonly target: string;
    };

/** Names to their records; a name that is not there does not exist (NXDOMAIN), null lets the asker wait. */
export type Zone = Record<string, readonly StubRecord[] | null>;

const typeNumbers: Readonly<Record<number, string>> = { 1: "A", 33: "SRV" };
const nameError = 3;

/**
 * A DNS server on a UDP port of 127.0.0.1, as much of RFC 1035 as a resolver needs: one question, answers without
 * compression. `zone` may be changed on the way. Resolves with `address:port`.
 */
export async function startDnsStub(t: Teardown, zone: Zone): Promise<string> {
  const socket = createSocket("udp4");
  socket.on("message", (query, from) => {
    const answer = answerTo(query, zone);
    if (answer !== null) socket.send(answer, from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  t.teardown(() => new Promise<void>((resolve) => socket.close(() => resolve())));
  return `127.0.0.1:${socket.address().port}`;
}

function answerTo(query: Buffer, zone: Zone): Buffer | null {
  const { name, end } = readName(query, 12);
  const type = typeNumbers[query.readUInt16BE(end)];
  const records = zone[name];
  if (records === null) return null;
  const answers = (records ?? []).filter((record) => record.type === type);
  const head = Buffer.alloc(12);
  query.copy(head, 0, 0, 2);
  // A response, recursion desired and available.
  head.writeUInt16BE(0x8180 | (records === undefined ? nameError : 0), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(answers.length, 6);
  return Buffer.concat([head, query.subarray(12, end + 4), ...answers.map((each) => encode(name, each))]);
}

function readName(bytes: Buffer, start: number): { name: string; end: number } {
  const labels: string[] = [];
  let at = start;
  for (let length = bytes[at]!; length > 0; length = bytes[at]!) {
    labels.push(bytes.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join(".").toLowerCase(), end: at + 1 };
}

function encode(name: string, record: StubRecord): Buffer {
  const data = dataOf(record);
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(record.type === "A" ? 1 : 33, 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt32BE(record.ttl, 4);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([encodeName(name), fixed, data]);
}

function dataOf(record: StubRecord): Buffer {
  if (record.type === "A") return Buffer.from(record.address.split(".").map(Number));
  const fixed = Buffer.alloc(6);
  fixed.writeUInt16BE(record.priority, 0);
  fixed.writeUInt16BE(record.weight, 2);
  fixed.writeUInt16BE(record.port, 4);
  return Buffer.concat([fixed, encodeName(record.target)]);
}

function encodeName(name: string): Buffer {
  const labels = name.split(".").filter((label) => label !== "");
  return Buffer.concat([
    ...labels.map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, "latin1")])),
    Buffer.from([0]),
  ]);
}
