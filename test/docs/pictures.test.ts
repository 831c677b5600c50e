import { readdir, readFile } from "node:fs/promises";
import { crc32, deflateSync, inflateSync } from "node:zlib";
import t from "tap";
import { smallerPng } from "../../scripts/pictures/smaller-png.ts";
import { terminalHtml } from "../../scripts/pictures/terminal-html.ts";

const folder = new URL("../../docs/images/", import.meta.url);
const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

t.test("the pictures are small enough for a page", async (t) => {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".png"));
  t.same(names.sort(), ["dashboard-dark.png", "dashboard-light.png", "top.png"]);
  for (const name of names) {
    const picture = await readFile(new URL(name, folder));
    t.same(picture.subarray(0, 8), signature, name);
    t.ok(picture.length < 150_000, `${name}: ${picture.length} bytes`);
  }
});

function chunk(type: string, data: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const named = Buffer.concat([Buffer.from(type), data]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

t.test("a smaller PNG has the same pixels, whatever its lines were filtered by", async (t) => {
  const header = Buffer.from([0, 0, 0, 2, 0, 0, 0, 5, 8, 2, 0, 0, 0]);
  // Two pixels a line; the filters none, sub, up, average and Paeth, by hand.
  const lines = [
    [0, 10, 20, 30, 40, 50, 60],
    [1, 1, 2, 3, 4, 5, 6],
    [2, 1, 1, 1, 1, 1, 1],
    [3, 10, 10, 10, 10, 10, 10],
    [4, 1, 1, 1, 1, 1, 1],
  ];
  const file = Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("tEXt", Buffer.from("dropped")),
    chunk("IDAT", deflateSync(Buffer.from(lines.flat()))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
  const smaller = smallerPng(file);
  t.same(smaller.subarray(0, 8 + 25), Buffer.concat([signature, chunk("IHDR", header)]));
  const at = smaller.indexOf("IDAT");
  const data = smaller.subarray(at + 4, at + 4 + smaller.readUInt32BE(at - 4));
  t.equal(smaller.readUInt32BE(at + 4 + data.length), crc32(smaller.subarray(at, at + 4 + data.length)));
  t.same(
    [...inflateSync(data)],
    [
      [0, 10, 20, 30, 40, 50, 60],
      [0, 1, 2, 3, 5, 7, 9],
      [0, 2, 3, 4, 6, 8, 10],
      [0, 11, 11, 12, 18, 19, 21],
      [0, 12, 12, 13, 19, 20, 22],
    ].flat(),
  );
  t.throws(() => smallerPng(Buffer.concat([signature, chunk("IHDR", Buffer.alloc(13))])), /8 bits/);
});

t.test("the last page of a terminal becomes a document, markup and all", async (t) => {
  const html = terminalHtml(
    "\x1b[Hold\x1b[J\x1b[H\x1b[1mpool <a>\x1b[0m \x1b[0;31mejected\x1b[0m\x1b[K\r\nlog\x1b[J",
  );
  t.match(html, '<span style="font-weight:700;color:#fff">pool &lt;a></span>');
  t.match(html, '<span style="color:#ff8f86">ejected</span>');
  t.match(html, "\nlog");
  t.notMatch(html, "old");
});
