/** Runs a request into each end that the table of outcomes has, and holds what follows against the table. */
import type { Test } from "tap";
import { fault, httpClientError, httpUpstreamError } from "../../src/observe/http-metric-labels.ts";
import { HTTP_LISTENER, HTTP_POOL, HTTP_SERVER } from "../../src/observe/metric-layout.ts";
import { ownAnswers } from "../../src/proxy/http/own-answer.ts";
import { type Outcome, type OutcomeName, outcomes } from "../../src/upstream/outcomes.ts";
import type { EjectOptions } from "../../src/upstream/pool-options.ts";
import type { FakeClock } from "./fake-clock.ts";
import { get } from "./http-messages.ts";
import type { HttpPlane, HttpPlaneOptions } from "./http-plane.ts";
import { until } from "./until.ts";
import type { WireClient } from "./wire-client.ts";

/** Podmate with servers of the kind `Server`, the first of which the request goes to. */
export interface World<Server> {
  readonly clock: FakeClock;
  readonly plane: HttpPlane;
  readonly servers: readonly Server[];
  readonly client: WireClient;
  readonly connect: () => Promise<WireClient>;
  /** What the client asks for. */
  readonly ask: string;
  /** From now on all servers answer every request 200. */
  readonly heal: () => void;
}

export interface Scenario<Server> {
  readonly options?: HttpPlaneOptions;
  /** Default: a GET. */
  readonly ask?: string;
  /** What is asked for where it is to be sent again, if that is something else. */
  readonly repeated?: string;
  /** What comes before. */
  readonly before?: (world: World<Server>) => Promise<unknown>;
  /** The client asks, and this happens; `heal` is called right before it does. */
  readonly happens: (world: World<Server>) => Promise<unknown>;
  /** What the client sends where the request has been sent again. */
  readonly rest?: string;
  /** What it sees: podmate's own answer as the table has it (default), the server's, the end of a part, or nothing. */
  readonly sees?: "own" | "answer" | "cut off" | "nothing";
  /** It does not come to a server. */
  readonly serverless?: boolean;
}

export type Scenarios<Server> = Partial<Record<OutcomeName, Scenario<Server>>>;

export type Start<Server> = (
  t: Test,
  options: HttpPlaneOptions,
  count: number,
) => Promise<Omit<World<Server>, "ask">>;

const eject: EjectOptions = {
  failures: 1,
  window: 10_000,
  backoff: 1_000,
  max_backoff: 8_000,
  max_percent: 50,
  on_eject: "rehash",
};

export async function checkRows<Server>(
  t: Test,
  scenarios: Scenarios<Server>,
  start: Start<Server>,
): Promise<void> {
  for (const [name, scenario] of Object.entries(scenarios)) {
    const row: Outcome = outcomes[name as OutcomeName];
    await t.test(name, async (t) => {
      await t.test("counts, is logged and answered as the table says", async (t) => {
        const world = { ...(await start(t, optionsOf(scenario, {}), 1)), ask: scenario.ask ?? get() };
        await scenario.before?.(world);
        const before = countsOf(world.plane);
        await scenario.happens(world);
        await seen(t, row, scenario, world.client);
        const expected = before.map((count, i) => count + (countsFor(row, scenario)[i] ?? 0));
        await until(() => String(countsOf(world.plane)) === String(expected), "", 5_000).catch(() => {});
        t.same(countsOf(world.plane), expected, countNames.join(", "));
        const logs = world.plane.logs.filter((line) => line.includes("request to server failed"));
        const last = logs.slice(before[countNames.indexOf("logs")]!);
        for (const line of last)
          t.ok(line.startsWith(row.log!) && line.includes(`"fault":"${row.fault}"`), line);
      });
      if (row.http?.error == null || scenario.serverless) return;
      await t.test(`is ${row.http.retry === "never" ? "not " : ""}sent again`, async (t) => {
        const retry = { attempts: 1, on: ["reset", "timeout"] } as const;
        const started = await start(t, optionsOf(scenario, retry), 2);
        const world = { ...started, ask: scenario.repeated ?? scenario.ask ?? get() };
        await scenario.before?.(world);
        await scenario.happens(world);
        if (row.http!.retry === "never") await seen(t, row, scenario, world.client);
        else {
          if (scenario.rest !== undefined) await world.client.send(scenario.rest);
          t.match(await world.client.readUntil("\r\n\r\n"), /^HTTP\/1.1 200/);
        }
      });
    });
  }
}

function optionsOf<Server>({ options = {} }: Scenario<Server>, retry: HttpPlaneOptions["retry"]) {
  return { ...options, pool: { eject, ...options.pool }, retry: { ...retry } } as HttpPlaneOptions;
}

async function seen<Server>(
  t: Test,
  { http }: Outcome,
  { sees = "own" }: Scenario<Server>,
  client: WireClient,
): Promise<void> {
  if (sees === "nothing") return;
  if (sees === "cut off") {
    await client.waitForEnd();
    return;
  }
  const head = (await client.readUntil("\r\n\r\n")).toString("latin1");
  if (sees === "answer") t.notMatch(head, /podmate-error/);
  else {
    const code = http!.answer as keyof typeof ownAnswers;
    t.match(head, `HTTP/1.1 ${ownAnswers[code].status} `);
    t.match(head, `podmate-error: ${code.replaceAll("_", "-")}\r\n`);
  }
}

const kinds = Object.keys(httpUpstreamError) as (keyof typeof httpUpstreamError)[];
const clientKinds = Object.keys(httpClientError) as (keyof typeof httpClientError)[];
const faults = Object.keys(fault) as (keyof typeof fault)[];
const countNames = [
  "reports",
  "logs",
  ...faults.map((each) => `fault ${each}`),
  ...kinds.map((each) => `server ${each}`),
  ...kinds.map((each) => `pool ${each}`),
  ...clientKinds.map((each) => `client ${each}`),
];

/** What there is of each of `countNames` by now. */
function countsOf(plane: HttpPlane): number[] {
  const server = plane.block("httpServer", "pool/s0");
  const pool = plane.block("httpPool", "pool");
  const listener = plane.block("httpListener", "web");
  return [
    plane.reports.filter(({ state }) => state === "failing").length,
    plane.logs.filter((line) => line.includes("request to server failed")).length,
    ...faults.map((each) => server[HTTP_SERVER.failures + fault[each]]!),
    ...kinds.map((each) => server[HTTP_SERVER.errors + httpUpstreamError[each]]!),
    ...kinds.map((each) => pool[HTTP_POOL.errors + httpUpstreamError[each]]!),
    ...clientKinds.map((each) => listener[HTTP_LISTENER.errors + httpClientError[each]]!),
  ];
}

/** What the end adds to each of `countNames`. A kept connection's is followed by another attempt, and so no failure of the pool. */
function countsFor<Server>(row: Outcome, { serverless = false, sees = "own" }: Scenario<Server>): number[] {
  const { error = null, clientError = null } = row.http!;
  const atServer = !serverless && (error !== null || row.http!.answer === "server-head-too-large");
  return [
    row.counts ? 1 : 0,
    row.log !== null && atServer ? 1 : 0,
    ...faults.map((each) => (atServer && each === row.fault ? 1 : 0)),
    ...kinds.map((each) => (atServer && each === error ? 1 : 0)),
    ...kinds.map((each) => (each === error && sees !== "answer" && sees !== "nothing" ? 1 : 0)),
    ...clientKinds.map((each) => (each === clientError ? 1 : 0)),
  ];
}
