import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { explainListen } from "../../src/core/explain-listen.ts";
import { tempDir } from "../support/temp-dir.ts";

const address = { host: "127.0.0.1", port: 80 };

function error(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`listen ${code}`), { code });
}

t.test("an operator learns what to do", async (t) => {
  const cases: readonly [string, RegExp][] = [
    [
      "EADDRINUSE",
      /127\.0\.0\.1:80: another process has it, to listen or for a connection \(find it with: ss -tanp 'sport = :80'\)/,
    ],
    ["EACCES", /permission denied; ports below 1024 need CAP_NET_BIND_SERVICE/],
    ["EADDRNOTAVAIL", /this machine has no such address/],
    ["EMFILE", /cannot listen on 127\.0\.0\.1:80: listen EMFILE/],
  ];
  for (const [code, text] of cases) t.match(explainListen(address, error(code)), text, code);
});

t.test("and of a unix socket, what is wrong with its path", async (t) => {
  const folder = await tempDir(t);
  const path = join(folder, "a.sock");
  const explain = (path: string, code: string) => explainListen({ path }, error(code));
  t.match(explain(path, "EADDRINUSE"), `another process has it (find it with: ss -lxp src ${path})`);
  t.match(explain(path, "EACCES"), `permission denied; the folder ${folder} must be writable`);
  t.match(explain(join(folder, "none/a.sock"), "EACCES"), `there is no folder ${folder}/none`);
  await writeFile(path, "");
  t.match(explain(path, "EADDRINUSE"), "there is a file that is no socket");
});
