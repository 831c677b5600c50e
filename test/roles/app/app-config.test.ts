import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import { hiddenValue } from "../../../src/core/secret-text.ts";
import { readAppConfig } from "../../../src/roles/app/app-config.ts";
import { tempDir } from "../../support/temp-dir.ts";

async function shown(t: Test, text: string | Buffer): Promise<unknown> {
  const path = join(await tempDir(t), "app");
  await writeFile(path, text);
  return readAppConfig({ kind: "file", path }, new AbortController().signal);
}

t.test("JSON, YAML and lines of KEY=value are shown, secrets hidden", async (t) => {
  t.same(await shown(t, '{"port": 80, "token": "x"}'), {
    format: "json",
    config: { port: 80, token: hiddenValue },
  });
  t.same(await shown(t, "port: 80\ndb: { password: x, name: y }\n"), {
    format: "yaml",
    config: { port: 80, db: { password: hiddenValue, name: "y" } },
  });
  t.same(await shown(t, "# env\nexport PORT=80\n\nDB_PASSWORD=x\nDSN_URL = amqp://u:p@h/\n"), {
    format: "properties",
    config: { PORT: "80", DB_PASSWORD: hiddenValue, DSN_URL: `amqp://u:${hiddenValue}@h/` },
  });
});

t.test("nothing is shown of a text that is not understood", async (t) => {
  for (const text of ["my password is hunter2", "a: [", "", "[section]\npassword=hunter2 \nx"]) {
    await t.rejects(shown(t, text), /neither JSON, YAML nor/, text);
  }
  await t.rejects(shown(t, Buffer.from([0xff, 0xfe])), /not UTF-8/);
});

t.test("a text that is made to blow up does not", async (t) => {
  const bomb = ["a: &a [x, x, x, x, x, x, x, x, x]"];
  for (let i = 0; i < 10; i++) {
    const [from, to] = ["abcdefghijk"[i], "abcdefghijk"[i + 1]];
    bomb.push(`${to}: &${to} [${Array.from({ length: 9 }, () => `*${from}`).join(", ")}]`);
  }
  await t.rejects(shown(t, bomb.join("\n")), /alias/i);
  await t.rejects(shown(t, `{"a": ${"[".repeat(300)}${"]".repeat(300)}}`), /deep/);
  await t.rejects(shown(t, "x".repeat(300 * 1024)), /larger than 262144 bytes/);
});

t.test("a text that takes its reader for ever is given up", async (t) => {
  const path = join(await tempDir(t), "app");
  await writeFile(path, `${"[".repeat(200_000)}`);
  const controller = new AbortController();
  const reading = readAppConfig({ kind: "file", path }, controller.signal);
  setImmediate(() => controller.abort());
  await t.rejects(reading);
});
