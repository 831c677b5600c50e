import { EventEmitter } from "node:events";
import t from "tap";
import { commandLine } from "../../src/cli/command-line.ts";
import { verbs } from "../../src/cli/verbs.ts";

/** Runs a command line that must not get far enough to print anything but an error. */
async function fail(args: readonly string[], env: Record<string, string> = {}) {
  let said = "";
  const code = await commandLine(args, {
    out: () => {},
    input: async () => "",
    flushed: async () => {},
    err: (text) => {
      said += text;
    },
    env,
    tty: false,
    signals: new EventEmitter(),
    exit: () => {},
  });
  return { code, said };
}

const clients = verbs.filter(
  ({ name, flags }) => name !== "run" && flags.some((flag) => flag.name === "admin"),
);

t.test("an address that makes no sense is wrong usage, for every verb that asks a daemon", async (t) => {
  t.ok(clients.length >= 4);
  for (const { name, arity } of clients) {
    const words = ["a", "b", "1"].slice(0, arity[0]);
    t.same(await fail([...name.split(" "), "--admin", "foo", ...words]), {
      code: 2,
      said: "podmate: --admin foo: the port is missing; give host:port or unix:/path\n",
    });
  }
  t.match(await fail(["status"], { PODMATE_ADMIN: "10.0.0.256:1" }), {
    code: 2,
    said: 'podmate: PODMATE_ADMIN 10.0.0.256:1: "10.0.0.256" is not a host name or an IP address',
  });
});

t.test("an address where nobody is has failed", async (t) => {
  t.match(await fail(["status", "--admin", "unix:/nobody/here"]), { code: 1, said: /no daemon answers at/ });
});
