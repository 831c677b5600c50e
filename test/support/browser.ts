import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import type { Test } from "tap";
import { findProgram } from "./needs.ts";
import { patience } from "./patience.ts";
import type { Teardown } from "./teardown.ts";

/** A browser without a window; Debian's, for playwright-core brings none. Ask `needs(t, "chromium")` before. */
export async function openBrowser(t: Teardown): Promise<Browser> {
  const { chromium } = await import("playwright-core");
  const browser = await chromium.launch({
    executablePath: findProgram("chromium")!,
    // Its sandbox does not work for root, as who tests run in containers.
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
    timeout: patience,
  });
  t.teardown(() => browser.close());
  return browser;
}

/** A page with what it has complained about: errors, and all that it has written to the console as one. */
export interface WatchedPage {
  readonly page: Page;
  readonly complaints: string[];
}

/** Opens a page in a context of its own; it waits long, for the machine may be busy. */
export async function openPage(
  t: Test,
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext(options);
  t.teardown(() => context.close());
  context.setDefaultTimeout(patience);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  await page.goto(url);
  return { page, complaints };
}
