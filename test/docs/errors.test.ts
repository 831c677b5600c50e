import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import t from "tap";
import { replaceGenerated } from "../../bench/support/generated-section.ts";
import { headProblemTable } from "../../scripts/head-problem-table.ts";
import { headProblems } from "../../src/http1/head-problem.ts";
import { upstreamError } from "../../src/observe/metric-labels.ts";
import { ownAnswers } from "../../src/proxy/http/own-answer.ts";
import { grpcError } from "../../src/proxy/http2/grpc-status.ts";
import { streamRefusals } from "../../src/proxy/http2/stream-refusals.ts";

const page = readFileSync(new URL("../../docs/errors.md", import.meta.url), "utf8");
const src = fileURLToPath(new URL("../../src/", import.meta.url));

/** All of our sources, but for the servers that podmate brings along, whose errors are memcached's. */
const sources = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && !file.startsWith("embedded"))
  .map((file) => readFileSync(`${src}${file}`, "utf8"));

/** Cells of the rows of the tables under a heading, without the lines of dashes. */
function rows(heading: string): string[][] {
  const section = page.split(/^##+ /m).find((text) => text.startsWith(`${heading}\n`)) ?? "";
  return section
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) =>
      line
        .split(" | ")
        .map((cell) => cell.replace(/^\| | ?\|$/g, ""))
        .map((cell) => cell.trim()),
    );
}

const sorted = (codes: Iterable<string>): string[] => [...new Set(codes)].sort();
const inCode = (cell = ""): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code!);

t.test("every line that memcache clients are told has its row, and every row a line", async (t) => {
  const literals = sources.flatMap((text) =>
    [...text.matchAll(/"((?:SERVER_|CLIENT_)?ERROR(?: [^"\\]*)?)\\r\\n"/g)].map(([, words]) => words!),
  );
  // A server's own error goes on as it came; the kind is there to be counted.
  const kinds = Object.keys(upstreamError).filter((kind) => kind !== "server_error");
  const told = rows("memcache")
    .slice(1)
    .map(([first]) => inCode(first)[0]!)
    // What follows the server or the pool differs from case to case.
    .map((line) => line.replace(/ [SP]: .*$/, "").replaceAll("\\|", "|"));
  t.same(sorted(told), sorted([...literals, ...kinds.map((kind) => `SERVER_ERROR ${kind}`)]));
});

t.test("every code of HTTP has its row, and every row a code", async (t) => {
  const own = Object.entries(ownAnswers).map(
    ([name, { status }]) => `${status} ${name.replaceAll("_", "-")}`,
  );
  const heads = [...headProblems, ...Object.values(streamRefusals)]
    .filter(({ status }) => status !== 400)
    .map(({ status, code }) => `${status} ${code}`);
  const doorway = ["503 too-many-connections", "503 draining"];
  for (const code of doorway) t.ok(sources.some((text) => text.includes(`"${code.slice(4)}"`)));
  const told = rows("HTTP").flatMap(([status, cell]) => inCode(cell).map((code) => `${status} ${code}`));
  t.same(sorted(told.filter((row) => /^\d/.test(row))), sorted([...own, ...heads, ...doorway]));
});

t.test("a code has one status", async (t) => {
  const codes = Object.keys(ownAnswers).map((name) => name.replaceAll("_", "-"));
  t.same(new Set(codes).size, codes.length);
});

t.test("the table of heads is current (npm run docs)", async (t) => {
  t.equal(page, replaceGenerated(page, "head problems", headProblemTable()));
});

t.test("gRPC is told what the page says", async (t) => {
  const told = new Map(
    rows("HTTP/2 and gRPC").flatMap(([statuses = "", code = ""]) =>
      statuses.split(", ").map((status): [string, string] => [status, code.split(" ")[0]!]),
    ),
  );
  const used = sorted([
    ...Object.values(ownAnswers).map(({ status }) => String(status)),
    ...headProblems.map(({ status }) => String(status)),
  ]);
  for (const status of used)
    t.equal(told.get(status), grpcError(Number(status), "", "")["grpc-status"], status);
});

t.test("every problem of the management interface has its row, and every row a problem", async (t) => {
  const made = sources.flatMap((text) => [
    ...[...text.matchAll(/new Problem\(\s*(\d+),\s*"([^"]+)"/g)].map(
      ([, status, title]) => `${status} ${title}`,
    ),
    ...[...text.matchAll(/\w+: \[(4\d\d|5\d\d), "([A-Z][^"]+)"\]/g)]
      .filter(() => text.includes("new Problem(status, title"))
      .map(([, status, title]) => `${status} ${title}`),
    // The title of a change that is refused comes from its route.
    ...[...text.matchAll(/answer\(reply, "([^"]+)"/g)].map(([, title]) => `422 ${title}`),
  ]);
  // What the server itself refuses: too slow, too long, of no type that it knows.
  const servers = ["408 –", "413 Bad request", "415 Bad request"];
  const told = rows("Management interface")
    .slice(1)
    .map(([status, title]) => `${status} ${title}`);
  t.same(sorted(told), sorted([...made, ...servers]));
});
