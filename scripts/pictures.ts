import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Browser, chromium } from "playwright-core";
import { startEmbedded } from "../src/cli/embedded.ts";
import { freePort } from "../test/support/free-port.ts";
import { startLoad } from "./pictures/load.ts";
import { smallerPng } from "./pictures/smaller-png.ts";
import { terminalHtml } from "./pictures/terminal-html.ts";

// Makes the pictures of docs/images from a run of the embedded default under load: `npm run pictures -- --minutes 5`.
// It needs chromium and util-linux' `script`.
const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "5" },
    to: { type: "string", default: fileURLToPath(new URL("../docs/images", import.meta.url)) },
    browser: { type: "string", default: "/usr/bin/chromium" },
  },
});
const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "podmate-pictures-"));
const embedded = await startEmbedded();
const [admin, memcache, http] = [await freePort(), await freePort(), await freePort()];
const file = join(folder, "podmate.yml");
// The ports may be taken by a daemon of the one who makes the pictures.
await writeFile(
  file,
  embedded.config
    .replace(":9901", `:${admin}`)
    .replace(":22121", `:${memcache}`)
    .replace(":22180", `:${http}`),
);
const daemon = spawn(process.execPath, [main, "run", "-c", "podmate.yml"], { cwd: folder, stdio: "ignore" });
let browser: Browser | null = null;
try {
  await waitFor(`http://127.0.0.1:${admin}/ready`);
  const endLoad = startLoad({ memcache, http });
  // The time axis of the dashboard is five minutes long.
  await pause(Number(values.minutes) * 60_000);
  browser = await chromium.launch({
    executablePath: values.browser,
    args: ["--no-sandbox", "--disable-gpu"],
  });
  for (const colorScheme of ["light", "dark"] as const) await pictureDashboard(browser, colorScheme);
  await pictureTop(browser);
  await endLoad();
} finally {
  await browser?.close();
  daemon.kill("SIGKILL");
  await embedded.close();
  await rm(folder, { recursive: true });
}

async function pictureDashboard(browser: Browser, colorScheme: "light" | "dark"): Promise<void> {
  const width = 1180;
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${admin}/`);
  await page.locator('[data-pool="echo"] .shares span').first().waitFor();
  // Rates need some looks.
  await pause(4_000);
  const pools = await page.locator("#pools").boundingBox();
  const height = Math.ceil(pools!.y + pools!.height);
  const clip = { x: 0, y: 0, width, height };
  await save(`dashboard-${colorScheme}.png`, await page.screenshot({ clip, fullPage: true }));
  await context.close();
}

async function pictureTop(browser: Browser): Promise<void> {
  const command = `stty rows 22 cols 112; '${process.execPath}' '${main}' top --admin 127.0.0.1:${admin}`;
  const { NO_COLOR: _, ...env } = process.env;
  const terminal = spawn("script", ["-qefc", command, "/dev/null"], {
    env,
    stdio: ["pipe", "pipe", "ignore"],
  });
  let output = "";
  terminal.stdout.on("data", (bytes: Buffer) => {
    output += bytes.toString();
  });
  await pause(6_000);
  const shown = output;
  terminal.stdin.write("q");
  await new Promise((resolve) => terminal.once("exit", resolve));
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  await page.setContent(terminalHtml(shown));
  await save("top.png", await page.locator("pre").screenshot());
}

function save(name: string, picture: Buffer): Promise<void> {
  return writeFile(join(values.to, name), smallerPng(picture));
}

async function waitFor(url: string): Promise<void> {
  for (;;) {
    const isReady = await fetch(url).then(
      (answer) => answer.ok,
      () => false,
    );
    if (isReady) return;
    await pause(100);
  }
}
