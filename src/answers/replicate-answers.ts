import { Problem } from "../admin/problem.ts";
import type { ReplicateApi, ReplicateRunView, ReplicateView } from "../admin/routes/replicate.ts";
import { systemClock as clock } from "../core/clock.ts";
import { errorReason } from "../core/error-reason.ts";
import type { ReplicateOptions } from "../lifecycle/replicate/replicate-options.ts";
import type {
  RefusalKind,
  ReplicateRefusal,
  ReplicateRun,
  Replicator,
} from "../lifecycle/replicate/replicator.ts";
import type { Scale, Scaler } from "../lifecycle/replicate/scaler.ts";
import { replicateResult } from "../observe/metric-labels.ts";
import { REPLICATE } from "../observe/metric-layout.ts";
import type { AnswerParts } from "./admin-answers.ts";

type Parts = Pick<AnswerParts, "env" | "kubernetes" | "metrics" | "logger" | "reloader">;

/** What scales, loaded when it is first asked for. */
interface Tools {
  readonly replicator: Replicator;
  scaler(options: ReplicateOptions): Scaler;
  describe(replicas: ReplicateRun["replicas"]): string;
  asRefusal(error: unknown): ReplicateRefusal;
}

/** Scales what the pod belongs to, as far as the configuration allows it. */
export function replicateAnswers(parts: Parts): ReplicateApi {
  const { metrics, reloader } = parts;
  const block = metrics.block("replicate", "");
  let loaded: Promise<Tools> | null = null;
  const load = () => {
    loaded ??= loadTools(parts, block);
    return loaded;
  };

  return {
    async view() {
      const options = reloader.config.replicate;
      return options === null ? unconfigured : configuredView(options, await load());
    },
    async request(replicas, reason, dryRun) {
      const options = reloader.config.replicate;
      if (options === null) {
        const detail = "nothing can scale here; the section `replicate` of the configuration says what may";
        throw new Problem(501, "Not configured", detail);
      }
      const tools = await load();
      const { replicator, scaler, describe, asRefusal } = tools;
      try {
        const run = await replicator.request(scaler(options), options, { replicas, reason, dryRun });
        return runView(run, describe);
      } catch (error) {
        throw problemOf(asRefusal(error), options, replicator);
      }
    },
  };
}

async function loadTools({ env, kubernetes, logger }: Parts, block: Float64Array): Promise<Tools> {
  const [{ Replicator, asRefusal, describe }, { KubernetesScaler }, { CommandScaler }] = await Promise.all([
    import("../lifecycle/replicate/replicator.ts"),
    import("../lifecycle/replicate/kubernetes-scaler.ts"),
    import("../lifecycle/replicate/command-scaler.ts"),
  ]);
  const replicator = new Replicator({
    clock,
    random: Math.random,
    log: logger.child("replicate"),
    seen: (scale) => gauge(block, scale),
    ran: ({ result }) => {
      block[REPLICATE.requests + replicateResult[result]]! += 1;
    },
  });
  const owner = new KubernetesScaler(kubernetes, env);
  return {
    replicator,
    scaler: ({ by }) => (by.kind === "kubernetes" ? owner : new CommandScaler(by, env, clock)),
    describe,
    asRefusal,
  };
}

function gauge(block: Float64Array, { wanted, current }: Scale): void {
  block[REPLICATE.wantedReplicas] = wanted ?? 0;
  block[REPLICATE.currentReplicas] = current ?? 0;
}

const unconfigured: ReplicateView = {
  configured: false,
  by: null,
  target: null,
  replicas_wanted: null,
  replicas_current: null,
  replicas_min: null,
  replicas_max: null,
  wait_ms: 0,
  error: null,
  last: null,
};

async function configuredView(
  options: ReplicateOptions,
  { replicator, scaler, describe }: Tools,
): Promise<ReplicateView> {
  const found = await replicator.read(scaler(options), options).then(
    (scale) => ({ ...scale, error: null }),
    (error) => ({ target: null, wanted: null, current: null, error: errorReason(error) }),
  );
  const { target, wanted, current, error } = found;
  const { last } = replicator;
  return {
    configured: true,
    by: options.by.kind,
    target: target && {
      api_version: target.apiVersion,
      kind: target.kind,
      namespace: target.namespace,
      name: target.name,
    },
    // A command cannot tell.
    replicas_wanted: wanted ?? replicator.wanted,
    replicas_current: current,
    replicas_min: options.min,
    replicas_max: options.max,
    wait_ms: Math.ceil(replicator.wait(options)),
    error,
    last: last && runView(last, describe),
  };
}

function runView(run: ReplicateRun, describe: Tools["describe"]): ReplicateRunView {
  const { replicas, reason, dryRun, result, before, after, error, at } = run;
  return {
    asked: describe(replicas),
    reason,
    dry_run: dryRun,
    result,
    replicas_before: before,
    replicas_wanted: after,
    ...(error !== undefined && { error }),
    at_unix_ms: at,
  };
}

const statuses: Readonly<Record<RefusalKind, readonly [status: number, title: string]>> = {
  limit: [422, "Beyond the limits"],
  unknown: [422, "Not known"],
  cool_down: [429, "Too soon"],
  conflict: [409, "Conflict"],
  not_scalable: [409, "Not scalable"],
  timeout: [504, "Took too long"],
  failed: [502, "Could not scale"],
};

function problemOf(
  { kind, message }: ReplicateRefusal,
  options: ReplicateOptions,
  replicator: Replicator,
): Problem {
  const [status, title] = statuses[kind];
  const { min, max } = options;
  const wait = replicator.wait(options);
  const headers = kind === "cool_down" ? { "retry-after": String(Math.ceil(wait / 1000)) } : {};
  return new Problem(status, title, message, { replicas_min: min, replicas_max: max }, headers);
}
