import t from "tap";
import { explainListen } from "../../src/core/explain-listen.ts";

const address = { host: "127.0.0.1", port: 80 };

function error(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`listen ${code}`), { code });
}

t.test("an operator learns what to do", async (t) => {
  const cases: readonly [string, RegExp][] = [
    ["EADDRINUSE", /127\.0\.0\.1:80: another process has it \(find it with: ss -ltnp 'sport = :80'\)/],
    ["EACCES", /permission denied; ports below 1024 need CAP_NET_BIND_SERVICE/],
    ["EADDRNOTAVAIL", /this machine has no such address/],
    ["EMFILE", /cannot listen on 127\.0\.0\.1:80: listen EMFILE/],
  ];
  for (const [code, text] of cases) t.match(explainListen(address, error(code)), text, code);
  t.match(explainListen({ path: "/run/a.sock" }, error("EADDRINUSE")), /ss -lxp src \/run\/a\.sock/);
});
