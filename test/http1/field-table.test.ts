// Are fields known by their names in any case, and found again?
import t from "tap";
import { field, fieldNames, identifyField } from "../../src/http1/field-name.ts";
import { RequestParser } from "../../src/http1/request-parser.ts";
import { withLines } from "./request-case.ts";

function identify(name: string): number {
  const bytes = Buffer.from(`..${name}..`, "latin1");
  return identifyField(bytes, 2, 2 + name.length);
}

t.test("every known name, in any case", async (t) => {
  for (const [key, id] of Object.entries(field)) {
    const name = fieldNames[id]!;
    if (id === field.other) continue;
    t.equal(name, key.replaceAll("_", "-"));
    t.same(
      [identify(name), identify(name.toUpperCase()), identify(name[0]!.toUpperCase() + name.slice(1))],
      [id, id, id],
    );
    t.same(
      [identify(`${name}s`), identify(name.slice(1)), identify(`8${name.slice(1)}`)],
      [0, 0, 0],
      `not quite ${name}`,
    );
  }
});

t.test("names that only look like one", async (t) => {
  for (const name of [
    "",
    "a",
    "content_length",
    "hos\x14",
    "8-forwarded-for",
    "x".repeat(31),
    "x".repeat(300),
    "\xe8ost",
  ]) {
    t.equal(identify(name), field.other, name);
  }
});

t.test("fields are found by number and by name", async (t) => {
  const parser = new RequestParser();
  const bytes = Buffer.from(
    withLines("X-A: 1", "If-Range: 2", "x-a: 3", "Cookie: 4", "if-range: 5", "cookie: 6"),
  );
  parser.parse(bytes, 0, bytes.length);
  const { fields } = parser;
  t.same([fields.indexOf(field.host), fields.indexOf(field.host, 1)], [0, -1]);
  t.same(
    [fields.indexOf(field.cookie), fields.indexOf(field.cookie, 5), fields.indexOf(field.cookie, 7)],
    [4, 6, -1],
  );
  t.same(
    [fields.indexOf(field.if_range), fields.indexOf(field.if_range, 3)],
    [2, 5],
    "of a high number, too",
  );
  t.same([fields.indexOf(field.te), fields.indexOf(field.if_match)], [-1, -1]);
  t.same([fields.has(field.cookie), fields.hasSeveral(field.cookie)], [true, true]);
  t.same([fields.has(field.host), fields.hasSeveral(field.host), fields.has(field.te)], [true, false, false]);
  const name = Buffer.from("x-a");
  t.same([fields.find(bytes, name), fields.find(bytes, name, 2), fields.find(bytes, name, 4)], [1, 3, -1]);
  t.equal(fields.find(bytes, Buffer.from("x-ab")), -1);
});

t.test("lines stand one behind the other up to the end of the head", async (t) => {
  const parser = new RequestParser();
  const lines = ["X: 1 ", "Y:\t", "Z:3"];
  const text = withLines(...lines);
  const bytes = Buffer.from(text);
  parser.parse(bytes, 0, bytes.length);
  const { nameStart, count } = parser.fields;
  const ends = Array.from({ length: count }, (_, i) =>
    i + 1 < count ? nameStart[i + 1]! : parser.headEnd - 2,
  );
  const found = ends.map((end, i) => bytes.toString("latin1", nameStart[i], end));
  t.same(found, ["Host: a\r\n", ...lines.map((line) => `${line}\r\n`)]);
});
