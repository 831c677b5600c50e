import { parseArgs } from "node:util";
import type { Cut } from "./case-client.ts";
import { allCases } from "./cases/all-cases.ts";
import type { ConformanceCase } from "./conformance-case.ts";

const proxies = ["podmate", "nginx", "haproxy", "http-proxy"] as const;
export type ProxyName = (typeof proxies)[number];

/** What the conformance run does. */
export interface ConformanceOptions {
  readonly proxies: readonly ProxyName[];
  readonly cases: readonly ConformanceCase[];
  readonly cut: Cut;
  /** Print what server and client have seen. */
  readonly verbose: boolean;
  readonly write: boolean;
  /** Command that stands before `run -c FILE`; null: the build in dist/, made anew. */
  readonly podmateCommand: readonly string[] | null;
}

export const conformanceHelp = `usage: npm run conformance [-- options]

Sends what is odd, broken or malicious in HTTP/1.1 through proxies to a server that keeps what it gets, and says in a
table what each of them makes of it.

  --proxies NAMES         comma-separated, of ${proxies.join(",")} (all)
  --case TEXT             only rows whose group or title has this text
  --bytes                 send everything byte by byte
  --verbose               print what server and client have seen
  --podmate-command CMD   start podmate by this command instead of building and running dist/
  --write                 write docs/conformance.md and the summary in README.md
`;

/** Reads the command line; null if help was asked for. Throws on what it does not know. */
export function parseConformanceOptions(args: readonly string[]): ConformanceOptions | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: "boolean", short: "h" },
      proxies: { type: "string", default: proxies.join() },
      case: { type: "string", default: "" },
      bytes: { type: "boolean", default: false },
      verbose: { type: "boolean", default: false },
      "podmate-command": { type: "string" },
      write: { type: "boolean", default: false },
    },
  });
  if (values.help) return null;
  const chosen = values.proxies.split(",").map((name) => {
    const proxy = proxies.find((one) => one === name.trim());
    if (proxy === undefined) throw new RangeError(`--proxies: no proxy is named "${name}"`);
    return proxy;
  });
  const wanted = values.case.toLowerCase();
  const cases = allCases.filter(({ group, row }) => `${group} ${row}`.toLowerCase().includes(wanted));
  if (cases.length === 0) throw new RangeError(`--case: no row has "${values.case}"`);
  if (values.write && (chosen.length < proxies.length || wanted !== ""))
    throw new RangeError("--write is for runs of all proxies and cases");
  return {
    proxies: chosen,
    cases,
    cut: values.bytes ? "bytes" : "whole",
    verbose: values.verbose,
    write: values.write,
    podmateCommand: values["podmate-command"]?.trim().split(/\s+/) ?? null,
  };
}
