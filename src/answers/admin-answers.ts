import type { AdminApi } from "../admin/admin-api.ts";
import type { AppParts } from "../app.ts";
import type { Config } from "../config/config.ts";
import { systemClock } from "../core/clock.ts";
import { version } from "../core/version.ts";
import type { Reloader } from "../lifecycle/reload.ts";
import { accessAnswers } from "./access-answers.ts";
import { actuatorAnswers } from "./actuator-answers.ts";
import { appAnswers } from "./app-answers.ts";
import { configAnswers } from "./config-answers.ts";
import { debugAnswers } from "./debug-answers.ts";
import { historyAnswers } from "./history-answers.ts";
import { lifecycleAnswers } from "./lifecycle-answers.ts";
import { logAnswers } from "./log-answers.ts";
import { yieldAnswers } from "./overload-answers.ts";
import { overviewAnswers } from "./overview-answers.ts";
import { poolAnswers } from "./pool-answers.ts";
import { probeAnswers } from "./probe-answers.ts";
import { replicateAnswers } from "./replicate-answers.ts";

/** The parts of the daemon that the management interface's answers come from. */
export type AnswerParts = AppParts & { readonly reloader: Reloader<Config> };

/** What the management interface answers, and from which part of the daemon. */
export function adminAnswers(parts: AnswerParts): AdminApi {
  const { logger } = parts;
  return {
    probes: probeAnswers(parts),
    access: accessAnswers(parts),
    app: appAnswers(parts),
    config: configAnswers(parts),
    debug: debugAnswers(parts.ambassador, systemClock),
    logs: logAnswers(logger, () => systemClock.wall()),
    overview: overviewAnswers(parts),
    history: historyAnswers(parts),
    listeners: { list: () => parts.ambassador.listenerViews() },
    pools: poolAnswers(parts),
    lifecycle: lifecycleAnswers(parts),
    yielding: yieldAnswers(parts),
    replicate: replicateAnswers(parts),
    connections: { page: (query) => parts.ambassador.connections(query) },
    actuator: actuatorAnswers(parts),
    version: () => ({ version, node: process.versions.node }),
    log: (fields, message) => logger.log("error", fields, message),
  };
}
