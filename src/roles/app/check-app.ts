import type { Clock } from "../../core/clock.ts";
import { runCommand } from "../../core/run-command.ts";
import { probeConnect } from "../../upstream/health/connect-prober.ts";
import type { AppHealthOptions } from "./app-options.ts";
import { type AppReport, downReport, reportIn, wellReport } from "./app-report.ts";
import { BadText } from "./bad-text.ts";
import { readFileStart, readUrl } from "./read-text.ts";

export interface CheckSurroundings {
  /** What a command sees. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Pick<Clock, "after">;
}

/** Of what the app says in answer to a check, so many bytes are read. */
const longestAnswer = 16 * 1024;

/** Checks the app once; rejects where a check fails by an error. */
export async function checkApp(
  { check, timeout }: AppHealthOptions,
  signal: AbortSignal,
  { env, clock }: CheckSurroundings,
): Promise<AppReport> {
  switch (check.kind) {
    case "http":
      return reportIn(await readAnswer(check.url, signal));
    case "file":
      return reportIn((await readFileStart(check.path, longestAnswer)).toString());
    case "exec":
      await runCommand(check.command, check.args, { env, clock, signal });
      return wellReport;
    case "tcp": {
      const result = await probeConnect({ address: check.address, timeout, tls: null }, clock, signal);
      return result.ok ? wellReport : downReport(result.reason);
    }
  }
}

/** An app that answers well and at length is well. */
async function readAnswer(url: string, signal: AbortSignal): Promise<string> {
  try {
    return (await readUrl(url, { limit: longestAnswer, accept: "*/*", signal })).toString();
  } catch (error) {
    if (error instanceof BadText) return "";
    throw error;
  }
}
