import t from "tap";
import { freePort } from "../support/free-port.ts";
import { isListening } from "../support/listening.ts";
import { needs } from "../support/needs.ts";
import { TestProcess } from "../support/process.ts";
import { podmate } from "./podmate.ts";

/** What podmate says where the machine has so much to do that its event loops are late, or is short of memory. */
const ofBusyMachine = /"module":"overload"/;

t.test("without a file, podmate prints three things to try, and they work when pasted", async (t) => {
  if (!needs(t, "nc") || !needs(t, "curl")) return;
  // The port is fixed, and whoever tries podmate out on this machine may have it.
  if (!process.env["CI"] && (await isListening({ host: "127.0.0.1", port: 22121 }))) {
    t.plan(0, "port 22121 is in use");
    return;
  }
  const daemon = podmate(t, ["run", "--admin", `127.0.0.1:${await freePort()}`]);
  await daemon.waitForOutput(/Ctrl-C ends it\./);
  const commands = daemon.stdout.split("\n").filter((line) => /^ {2}(printf|curl) /.test(line));
  t.equal(commands.length, 3);
  const answers: string[] = [];
  for (const command of commands) {
    const shell = new TestProcess(t, "sh", ["-c", command]);
    t.match(await shell.exit, { code: 0 }, command);
    answers.push(shell.stdout);
  }
  t.equal(answers[0], "STORED\r\nVALUE greeting 0 5\r\nhello\r\nEND\r\n");
  t.match(JSON.parse(answers[1]!), {
    server: /^echo-[abcd]$/,
    path: "/hello",
    headers: { "x-user-id": "ann" },
  });
  t.match(JSON.parse(answers[2]!), { pool: "cache", key: "greeting", owner: { server: /^cache-[abcd]$/ } });
  t.same(await daemon.stop("SIGINT"), { code: 0, signal: null });
  const lines = daemon.stderr.split("\n").filter((line) => !ofBusyMachine.test(line));
  t.same(lines, [""], "a quiet start, run and end");
});
