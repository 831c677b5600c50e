// Does every command of docs/migrate.md do what the page says, with a real twemproxy?
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import { podmate, startServers } from "../daemon/podmate.ts";
import { freePort } from "../support/free-port.ts";
import { isListening, waitUntilListening } from "../support/listening.ts";
import { needs } from "../support/needs.ts";
import { TestProcess } from "../support/process.ts";
import { tempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { type ConsoleStep, consoleSteps, matchesOutput } from "./console-steps.ts";

const page = await readFile(new URL("../../docs/migrate.md", import.meta.url), "utf8");
const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** Addresses and ports of the page, and the ones that stand in for them in this run. */
class Places {
  readonly #pairs: (readonly [onPage: string, here: string])[] = [];

  add(onPage: string, here: string): void {
    this.#pairs.push([onPage, here]);
  }

  here(text: string): string {
    return this.#pairs.reduce((text, [onPage, here]) => text.replaceAll(onPage, here), text);
  }

  onPage(text: string): string {
    return this.#pairs.reduce((text, [onPage, here]) => text.replaceAll(here, onPage), text);
  }
}

/** The page's terminal: a folder with `podmate` on the path, and the daemon that was started last. */
class PageTerminal {
  readonly #t: Test;
  readonly #folder: string;
  readonly #places: Places;
  readonly #admin: string;
  #daemon: TestProcess | undefined;

  constructor(t: Test, folder: string, places: Places, admin: string) {
    this.#t = t;
    this.#folder = folder;
    this.#places = places;
    this.#admin = admin;
  }

  async run({ command, output }: ConsoleStep): Promise<void> {
    if (command.startsWith("podmate run ")) return await this.#startDaemon(command);
    const here = this.#places.here(command);
    const path = [join(this.#folder, "bin"), process.env["PATH"]].join(delimiter);
    const env = { ...process.env, PATH: path, PODMATE_ADMIN: this.#admin };
    const shell = new TestProcess(this.#t, "sh", ["-c", here], { cwd: this.#folder, env, input: "" });
    const { code } = await shell.exit;
    this.#t.equal(code, 0, `${command}: ${shell.stderr}`);
    const printed = this.#places.onPage(shell.stdout.replaceAll("\r", ""));
    this.#t.ok(matchesOutput(printed, output), command, { printed, onPage: output });
  }

  /** Ends the one before, as Ctrl-C does. */
  async #startDaemon(command: string): Promise<void> {
    await this.end();
    const args = command.split(" ").slice(1);
    const file = args.pop() ?? "";
    const more = ["--admin", this.#admin, "--workers", "1"];
    this.#daemon = podmate(this.#t, [...args, join(this.#folder, file), ...more]);
    await this.#daemon.waitForOutput(/"podmate serves"/);
  }

  async end(): Promise<void> {
    if (this.#daemon !== undefined)
      this.#t.same(await this.#daemon.stop("SIGINT"), { code: 0, signal: null });
  }
}

t.test("from twemproxy to podmate, command by command", async (t) => {
  for (const program of ["nutcracker", "nc", "curl"]) if (!needs(t, program)) return;
  const folder = await tempDir(t);
  const places = new Places();
  const [a, b, c, nextA, nextB] = await startServers(t, 5);
  const servers = [a, b, c].map((here, i): [string, string] => [`10.0.0.${i + 1}:11211`, here ?? ""]);
  const next = [nextA, nextB].map((here, i): [string, string] => [`10.0.1.${i + 1}:11211`, here ?? ""]);
  for (const [onPage, here] of [...servers, ...next]) places.add(onPage, here);
  // A machine that is busy with other tests is no reason for a timeout.
  places.add("timeout: 400", "timeout: 30000");
  for (const port of ["22121", "22131", "22222", "9901"]) places.add(port, String(await freePort()));

  const bin = join(folder, "bin");
  await mkdir(bin);
  await writeFile(join(bin, "podmate"), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`);
  await chmod(join(bin, "podmate"), 0o755);
  const file = /```yaml\n(.*?)```/s.exec(page)?.[1] ?? "";
  await writeFile(join(folder, "nutcracker.yml"), places.here(file));

  // twemproxy makes a daemon of itself; it ends with the test whatever happens.
  let twemproxyRuns = false;
  t.teardown(async () => {
    if (twemproxyRuns) process.kill(Number(await readFile(join(folder, "nutcracker.pid"), "utf8")));
  });
  const terminal = new PageTerminal(t, folder, places, places.here("127.0.0.1:9901"));
  const proxy = { host: "127.0.0.1", port: Number(places.here("22121")) };
  for (const step of consoleSteps(page)) {
    await terminal.run(step);
    if (step.command.startsWith("nutcracker ")) {
      twemproxyRuns = true;
      t.ok(await waitUntilListening(proxy, () => false));
    }
    if (step.command.startsWith("kill ")) {
      twemproxyRuns = false;
      await until(async () => !(await isListening(proxy)));
    }
  }
  await terminal.end();
});
