import { CaseClient, type Cut } from "./case-client.ts";
import type { ClientStep, ConformanceCase } from "./conformance-case.ts";
import { statusOf } from "./http-message.ts";
import type { RecordingServer } from "./recording-server.ts";
import { finals, type Seen } from "./seen.ts";

/** What is run against. */
export interface CaseSetting {
  /** Where the proxy listens, on 127.0.0.1. */
  readonly port: number;
  /** The only server behind it. */
  readonly server: RecordingServer;
  readonly cut: Cut;
  /** How many times as long as a case says its waits may be, for machines with much else to do. */
  readonly patience: number;
  /** Time after the last step in which something that should not come may still come, in ms. */
  readonly settle: number;
  /** Whether the proxy still runs. */
  isAlive(): boolean;
}

export interface Verdict {
  readonly word: string;
  /** The status of a refusal, or null. */
  readonly status: number | null;
  readonly isGood: boolean;
  readonly seen: Seen;
}

/** Does to the proxy what the case says, and judges what it made of it. */
export async function runCase(one: ConformanceCase, setting: CaseSetting): Promise<Verdict> {
  const { server } = setting;
  await server.reset(one.server);
  let onChange = (): void => undefined;
  server.onChange = () => onChange();
  const client = await CaseClient.connect(setting.port, setting.cut, one.head ?? false, () => onChange());
  let late = false;
  const seen = (): Seen => ({
    connections: server.connections.map(({ requests, bytes, tunnel, ended }) => {
      return { requests: [...requests], bytes, tunnel, ended };
    }),
    requests: server.connections.flatMap(({ requests }) => requests),
    answers: client.answers,
    tunnel: client.tunnel,
    closed: client.closed,
    late,
    crashed: !setting.isAlive(),
  });

  /** Resolves to whether the condition came true. */
  function until(condition: (seen: Seen) => boolean, limit: number): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (held: boolean): void => {
        clearTimeout(timer);
        onChange = () => undefined;
        resolve(held);
      };
      const timer = setTimeout(end, limit, false);
      onChange = () => {
        if (condition(seen())) end(true);
      };
      onChange();
    });
  }

  async function take(step: ClientStep): Promise<void> {
    if ("send" in step) await client.send(step.send);
    else if ("until" in step) late = !(await until(step.until, step.limit * setting.patience)) || late;
    else if (step.close === "end") client.end();
    else client.leave();
  }

  for (const step of one.client) await take(step);
  await until(() => false, setting.settle);
  const last = seen();
  client.leave();
  const word = one.judge(last);
  const [answer] = finals(last);
  return {
    word,
    status: word.startsWith("refuses") && answer !== undefined ? statusOf(answer) : null,
    isGood: one.good.includes(word),
    seen: last,
  };
}
