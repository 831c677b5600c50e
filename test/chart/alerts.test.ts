import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import { parse, stringify } from "yaml";
import { metricsPage } from "../../src/observe/metrics-page.ts";
import { findProgram, needs } from "../support/needs.ts";
import { TestProcess } from "../support/process.ts";
import { tempDir } from "../support/temp-dir.ts";

const file = fileURLToPath(new URL("../../charts/podmate/alerts/podmate.yaml", import.meta.url));

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string }[];
  }[];
}

const { rules } = (parse(readFileSync(file, "utf8")) as Rules).groups[0]!;

/** What an alert is told of: series with their values, a minute apart. */
type Series = Readonly<Record<string, string>>;

const pod = 'namespace="shop",pod="web-1"';

/** Of each alert: series that raise it within half an hour, and some that do not. */
const cases: Readonly<Record<string, readonly [raises: Series, quiet: Series]>> = {
  PodmateServerEjected: [
    { [`podmate_http_server_ejected{${pod},pool="api",server="a"}`]: "1x30" },
    { [`podmate_server_ejected{${pod},pool="cache",server="a"}`]: "1 1 0 0 1 1 0x24" },
  ],
  PodmatePoolFails: [
    {
      [`podmate_pool_requests_total{${pod},pool="cache",command="get"}`]: "0+600x30",
      [`podmate_pool_errors_total{${pod},pool="cache",kind="timeout"}`]: "0+60x30",
    },
    {
      [`podmate_http_pool_requests_total{${pod},pool="api",method="get"}`]: "0+600x30",
      [`podmate_http_pool_errors_total{${pod},pool="api",kind="timeout"}`]: "0+6x30",
    },
  ],
  PodmateNoServers: [
    { [`podmate_discovery_servers{${pod},pool="cache",source="dns"}`]: "3 0x30" },
    { [`podmate_discovery_servers{${pod},pool="cache",source="dns"}`]: "3 0 0 3x30" },
  ],
  PodmateDiscoveryFails: [
    { [`podmate_discovery_failures_total{${pod},pool="cache",source="kubernetes"}`]: "0+1x30" },
    { [`podmate_discovery_failures_total{${pod},pool="cache",source="kubernetes"}`]: "0 1 2x30" },
  ],
  PodmateReloadFailed: [
    { [`podmate_process_config_reloads_total{${pod},result="failed"}`]: "0x20 1x10" },
    { [`podmate_process_config_reloads_total{${pod},result="ok"}`]: "0+1x30" },
  ],
  PodmateWorkerDied: [
    { [`podmate_worker_restarts_total{${pod},worker="0"}`]: "0x20 1x10" },
    { [`podmate_worker_restarts_total{${pod},worker="0"}`]: "3x30" },
  ],
  PodmateSheds: [
    { [`podmate_http_route_shed_requests_total{${pod},listener="web",route="0"}`]: "0+10x30" },
    { [`podmate_listener_shed_requests_total{${pod},listener="cache"}`]: "9x30" },
  ],
  PodmateFileDescriptors: [
    { [`podmate_process_open_fds{${pod}}`]: "900x30", [`podmate_process_max_fds{${pod}}`]: "1024x30" },
    { [`podmate_process_open_fds{${pod}}`]: "0x30", [`podmate_process_max_fds{${pod}}`]: "0x30" },
  ],
};

t.test("each alert has a case, and asks for metrics that exist", async (t) => {
  t.strictSame(rules.map(({ alert }) => alert).sort(), Object.keys(cases).sort());
  const known = new Set(metricsPage().match(/podmate_\w+/g));
  const names = rules.flatMap(({ expr }) => expr.match(/podmate_[a-z_]*[a-z]\b(?!\()/g) ?? []);
  t.ok(names.length > 5);
  for (const name of names.filter((each) => !each.endsWith("podmate_"))) {
    if (!/^podmate_$/.test(name)) t.ok(known.has(name), name);
  }
  for (const [raises, quiet] of Object.values(cases)) {
    for (const series of Object.keys({ ...raises, ...quiet })) t.ok(known.has(series.split("{")[0]!), series);
  }
});

t.test("alerts are raised by what they are for, and by nothing else", async (t) => {
  // promtool is in Debian's package prometheus.
  if (!needs(t, "promtool")) return;
  const tests = Object.entries(cases).flatMap(([alert, [raises, quiet]]) => [
    { ...inputs(raises), promql_expr_test: [expects(alert, 1)] },
    { ...inputs(quiet), promql_expr_test: [expects(alert, 0)] },
  ]);
  const unit = join(await tempDir(t), "tests.yaml");
  await writeFile(unit, stringify({ rule_files: [file], evaluation_interval: "1m", tests }));
  t.strictSame(await promtool(t, "test", "rules", unit), { code: 0, failures: "" });
  t.match(await promtool(t, "check", "rules", file), { code: 0 });
});

function inputs(series: Series) {
  const input_series = Object.entries(series).map(([name, values]) => ({ series: name, values }));
  return { interval: "1m", input_series };
}

/** How many alerts of a name there are after half an hour. */
function expects(alert: string, count: number) {
  const exp_samples = count === 0 ? [] : [{ labels: "{}", value: count }];
  return { expr: `count(ALERTS{alertname="${alert}",alertstate="firing"})`, eval_time: "29m", exp_samples };
}

async function promtool(t: Test, ...args: readonly string[]) {
  const child = new TestProcess(t, findProgram("promtool")!, args);
  const { code } = await child.exit;
  return { code, failures: code === 0 ? "" : child.stdout + child.stderr };
}
