/** systemd: what it is told, and the unit and the compose file in deploy/. */
import { spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { parse } from "yaml";
import { TestProcess } from "../support/process.ts";
import { tempDir } from "../support/temp-dir.ts";
import { configText, podmate, runVerb } from "./podmate.ts";

const deploy = fileURLToPath(new URL("../../deploy/", import.meta.url));
const config = configText(["127.0.0.1:1"], "lifecycle: { mode: native }");

/** Listens as systemd does, which takes the descriptor that comes with a barrier by closing it. */
const manager = `
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("listens", flush=True)
while True:
    data, ancillary, _, _ = socket.recv_fds(s, 4096, 4)
    for fd in ancillary: os.close(fd)
    if not data.startswith(b"BARRIER"): print(data.decode().replace("\\n", " "), flush=True)
`;

const hasNotify = spawnSync("systemd-notify", ["--version"]).status === 0;
if (!hasNotify && process.env["CI"])
  throw new Error("systemd-notify is missing, and nothing may be skipped in CI");

t.test(
  "Type=notify: ready, reloading, ready, stopping",
  { skip: hasNotify ? false : "no systemd-notify" },
  async (t) => {
    const folder = await tempDir(t);
    const socket = join(folder, "notify");
    const file = join(folder, "podmate.yml");
    await writeFile(file, config);
    const systemd = new TestProcess(t, "python3", ["-c", manager, socket]);
    await systemd.waitForOutput(/^listens$/m);
    const daemon = podmate(t, ["run", "-c", file], [], { NOTIFY_SOCKET: socket });
    await systemd.waitForOutput(/^READY=1$/m);
    await writeFile(file, config.replace("mode: native", "mode: native, drain: 9s"));
    daemon.kill("SIGHUP");
    await systemd.waitForOutput(/^RELOADING=1 MONOTONIC_USEC=\d+\nREADY=1$/m);
    daemon.kill("SIGTERM");
    await systemd.waitForOutput(/^STOPPING=1$/m);
    t.same(await daemon.exit, { code: 0, signal: null });
    t.match(systemd.stdout, /^listens\nREADY=1\nRELOADING=1 MONOTONIC_USEC=\d+\nREADY=1\nSTOPPING=1\n$/);
  },
);

t.test("where systemd-notify is missing, it says so and serves", async (t) => {
  const folder = await tempDir(t);
  const file = join(folder, "podmate.yml");
  await writeFile(file, config);
  const daemon = podmate(t, ["run", "-c", file], [], { NOTIFY_SOCKET: join(folder, "none"), PATH: folder });
  await daemon.waitForOutput(
    /"state":\["READY=1"\],"reason":"there is no program systemd-notify".*"the service manager is not told"/,
  );
  t.match(await daemon.stop(), { code: 0 });
});

const unitFile = join(deploy, "systemd/podmate.service");

t.test("the unit: systemd finds nothing wrong with it, and podmate knows its verbs", async (t) => {
  const unit = await readFile(unitFile, "utf8");
  const lines = unit.split("\n").filter((line) => line.startsWith("Exec"));
  const commands = lines.map((line) => line.replace(/^Exec\w+=/, "").split(" "));
  t.same(
    commands.map(([program, verb]) => [program, verb]),
    [
      ["/usr/local/bin/podmate", "run"],
      ["/usr/local/bin/podmate", "reload"],
    ],
  );
  for (const [, verb] of commands) t.match(await runVerb(t, verb!, "--help"), { code: 0 });
  for (const line of ["Type=notify", "NotifyAccess=all", "DynamicUser=yes", "WantedBy=multi-user.target"]) {
    t.ok(unit.split("\n").includes(line), line);
  }
  if (spawnSync("systemd-analyze", ["--version"]).status !== 0) return;
  const folder = await tempDir(t);
  const copy = join(folder, "podmate.service");
  // It looks whether the program is there.
  await writeFile(copy, unit.replaceAll("/usr/local/bin/podmate", "/bin/true"));
  const { status, stdout, stderr } = spawnSync("systemd-analyze", ["verify", copy], { encoding: "utf8" });
  t.same({ status, stdout, stderr }, { status: 0, stdout: "", stderr: "" });
});

t.test(
  "the compose file: one localhost for the app, healthy first, and a configuration that is good",
  async (t) => {
    const folder = join(deploy, "compose");
    const { services } = parse(await readFile(join(folder, "compose.yaml"), "utf8"), { merge: true });
    t.match(services.podmate, { build: "../..", command: ["run", "-c", "/etc/podmate/podmate.yaml"] });
    t.same(services.podmate.volumes, ["./config:/etc/podmate:ro"]);
    t.match(services.app, {
      network_mode: "service:podmate",
      depends_on: { podmate: { condition: "service_healthy" } },
    });
    const file = join(folder, "config/podmate.yaml");
    t.match(await runVerb(t, "check", "--strict", file), { code: 0 });
    const { pools } = parse(await readFile(file, "utf8"));
    const caches = pools.sessions.servers.map((server: string) => server.split(":")[0]);
    t.same(caches, services.podmate.depends_on);
    for (const cache of caches) t.match(services[cache], { image: /^memcached:/ });
  },
);
