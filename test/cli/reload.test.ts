import { EventEmitter, once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import t, { type Test } from "tap";
import { startAdmin } from "../../src/admin/admin-server.ts";
import { commandLine } from "../../src/cli/command-line.ts";
import { formatAddress } from "../../src/core/address.ts";
import { type AdminOverrides, fineAdmin, fineChange } from "../support/fine-admin.ts";
import { tempDir } from "../support/temp-dir.ts";

type Run = (
  args: readonly string[],
  env?: Record<string, string>,
) => Promise<{ code: number; out: string; err: string }>;

/** Runs `podmate reload` against a daemon that is well, but for `over`. */
async function reloading(t: Test, over: AdminOverrides): Promise<Run> {
  const admin = await startAdmin({ host: "127.0.0.1", port: 0 }, fineAdmin(over));
  t.teardown(() => admin.close());
  return runner(formatAddress(admin.address));
}

function runner(admin: string): Run {
  return async (args, env = {}) => {
    const said = { out: "", err: "" };
    const code = await commandLine(["reload", "--admin", admin, ...args], {
      out: (text) => {
        said.out += text;
      },
      err: (text) => {
        said.err += text;
      },
      env,
      input: async () => "",
      flushed: async () => {},
      tty: false,
      signals: new EventEmitter(),
      exit: () => {},
    });
    return { code, ...said };
  };
}

t.test("it says what has changed, what has not, and what takes a restart", async (t) => {
  const change = {
    ...fineChange,
    changes: [],
    notes: ["f.yml is as it was"],
    needs_restart: ["workers"],
    source: "http" as const,
    rule: "what came over HTTP rules",
  };
  const run = await reloading(t, { config: { reload: async () => change } });
  t.same(await run([]), {
    code: 0,
    out: `nothing has changed
note: f.yml is as it was
takes effect only after a restart: workers
version 2 is in force
what came over HTTP rules
`,
    err: "",
  });
  t.match(await run(["--dry-run"]), { out: /^nothing would change\n.*version 2 is in force, as before\n$/s });
});

t.test("it hands on what it is asked: force, a dry run, a file", async (t) => {
  const asked: unknown[] = [];
  const run = await reloading(t, {
    config: {
      reload: async (options) => {
        asked.push(options);
        return fineChange;
      },
      put: async (...args) => {
        asked.push(args);
        return fineChange;
      },
    },
  });
  const file = join(await tempDir(t), "new.yml");
  await writeFile(file, "pools: ü\n");
  await run(["--force", "--dry-run"]);
  await run(["-c", file]);
  await run(["-c", file, "--dry-run"]);
  t.same(asked, [
    { force: true, dryRun: true, ifMatch: null },
    ["pools: ü\n", { dryRun: false, ifMatch: "*" }],
    ["pools: ü\n", { dryRun: true, ifMatch: "*" }],
  ]);
});

t.test("errors of a file that was sent carry its name", async (t) => {
  const errors = ["body:3:5: pools.a.timeout: wrong", "cannot listen on x"];
  const put = async () => ({ ...fineChange, version: 1, failure: "refused" as const, errors });
  const run = await reloading(t, { config: { put } });
  const file = join(await tempDir(t), "new.yml");
  await writeFile(file, "a: 1\n");
  t.same(await run(["-c", file]), {
    code: 1,
    out: "",
    err: `${file}:3:5: pools.a.timeout: wrong
cannot listen on x
podmate: not reloaded: version 1 stays in force
`,
  });
});

t.test("what cannot be is said before anything is sent", async (t) => {
  const change = () => t.fail("must not be called") as never;
  const run = await reloading(t, { config: { reload: change, put: change } });
  const none = join(await tempDir(t), "none");
  t.match(await run(["-c", none]), {
    code: 1,
    err: `${none}:1:1: cannot read the file: there is no such file\npodmate: not reloaded\n`,
  });
  t.match(await run(["-c", none, "--force"]), { code: 2, err: /--force is for the daemon's own file/ });
  t.match(await run([], { PODMATE_TOKEN_FILE: none }), {
    code: 2,
    err: `podmate: PODMATE_TOKEN_FILE ${none}: there is no such file\n`,
  });
});

t.test("the first token of PODMATE_TOKEN_FILE is shown to the daemon", async (t) => {
  const file = join(await tempDir(t), "token");
  await writeFile(file, "a-token-of-some-length\nanother-one-of-some-length\n");
  const shown: unknown[] = [];
  const server = createServer(({ headers }, response) => {
    shown.push(headers.authorization);
    response.end(JSON.stringify(fineChange));
  });
  t.teardown(() => server.close());
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const run = runner(`127.0.0.1:${port}`);
  t.match(await run([], { PODMATE_TOKEN_FILE: file }), { code: 0, err: "" });
  t.match(await run([]), { code: 0 });
  t.same(shown, ["Bearer a-token-of-some-length", undefined]);
});
