/**
 * What the HTTP/1.1 codec costs: heads per second, ns per head and per byte, and the bytes allocated per head (0 is
 * the aim). Run: node --expose-gc bench/micro/http1.ts
 */
import { ChunkedBody } from "../../src/http1/chunked-body.ts";
import { HeadEnd } from "../../src/http1/head-end.ts";
import { parsed } from "../../src/http1/parsed.ts";
import { method, RequestParser } from "../../src/http1/request-parser.ts";
import { ResponseParser } from "../../src/http1/response-parser.ts";

/** Short samples, the best of many: what else runs on the machine then costs nothing. */
const operations = 1000;
const samples = 400;
const warmUp = 20_000;

/** Does the work once on the bytes given; false if it did not come out as it must. */
type Operation = (bytes: Uint8Array) => boolean;

const fortyBytes = "abcdefghijklmnopqrstuvwxyz0123456789+/==";
const smallGet = "GET /index.html HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nConnection: keep-alive\r\n\r\n";
const browserGet = `GET /shop/items/4711?page=2&sort=price HTTP/1.1\r\nHost: shop.example.com\r\n${[
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
  "Accept-Language: en-US,en;q=0.5",
  "Accept-Encoding: gzip, deflate, br, zstd",
  "Connection: keep-alive",
  "Cookie: sid=0123456789abcdef0123456789abcdef; theme=dark",
  "X-Request-Id: 6f1c2a5e-31d4-4c6f-9a0b-7d1f0e3c5b2a",
  "X-Forwarded-For: 10.1.2.3",
].join("\r\n")}\r\n\r\n`;
const manyFields = `GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n${Array.from(
  { length: 20 },
  (_, i) => `X-Field-${i}: ${fortyBytes}\r\n`,
).join("")}\r\n`;
const answer = `HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Mon, 23 Nov 2026 08:00:00 GMT\r\n${[
  "Content-Type: application/json",
  "Content-Length: 128",
  "Last-Modified: Mon, 23 Nov 2026 07:00:00 GMT",
  "Connection: keep-alive",
  'ETag: "6741a3f0-80"',
  "Accept-Ranges: bytes",
].join("\r\n")}\r\n\r\n`;
const chunks = `${"400\r\n".concat("x".repeat(1024), "\r\n").repeat(16)}0\r\n\r\n`;

const requests = new RequestParser();
const responses = new ResponseParser();
const body = new ChunkedBody();
const headEnd = new HeadEnd();

const parseRequest: Operation = (bytes) => requests.parse(bytes, 0, bytes.length) === parsed.complete;
const parseResponse: Operation = (bytes) =>
  responses.parse(bytes, 0, bytes.length, method.GET) === parsed.complete;
const scanChunks: Operation = (bytes) => {
  body.reset();
  return body.scan(bytes, 0, bytes.length) === bytes.length - 2;
};
const findEnd: Operation = (bytes) => {
  headEnd.reset();
  return headEnd.find(bytes, 0, bytes.length) === bytes.length;
};

/** Best time per operation, in ns, of many samples, and the bytes allocated per operation over all of them. */
function measure(operation: Operation, bytes: Uint8Array): { time: number; allocated: number } {
  let time = Number.POSITIVE_INFINITY;
  for (let i = 0; i < warmUp; i++) operation(bytes);
  globalThis.gc?.();
  const heap = process.memoryUsage().heapUsed;
  for (let sample = 0; sample < samples; sample++) {
    const start = performance.now();
    for (let i = 0; i < operations; i++) {
      if (!operation(bytes)) throw new Error("The codec refuses what the benchmark gives it.");
    }
    time = Math.min(time, (1e6 * (performance.now() - start)) / operations);
  }
  const allocated = process.memoryUsage().heapUsed - heap;
  return { time, allocated: Math.max(0, allocated) / (samples * operations) };
}

const rows: readonly (readonly [label: string, operation: Operation, text: string])[] = [
  ["request, small GET", parseRequest, smallGet],
  ["request, as a browser's", parseRequest, browserGet],
  ["request, 20 fields of 40", parseRequest, manyFields],
  ["response", parseResponse, answer],
  ["16 chunks of 1 KiB", scanChunks, chunks],
  ["end of a head in pieces", findEnd, browserGet],
];

process.stdout.write(`Node ${process.version}\n`);
for (const [label, operation, text] of rows) {
  const bytes = Buffer.from(text, "latin1");
  const { time, allocated } = measure(operation, bytes);
  const cells = [
    `${bytes.length.toString().padStart(6)} B`,
    `${(1e3 / time).toFixed(2).padStart(6)} M/s`,
    `${time.toFixed(0).padStart(6)} ns`,
    `${(time / bytes.length).toFixed(2)} ns/B`,
    `${allocated.toFixed(1)} B allocated`,
  ];
  process.stdout.write(`${label.padEnd(28)}${cells.join("  ")}\n`);
}
