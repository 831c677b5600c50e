import type { ComponentHealth } from "../core/component-health.ts";
import type { AccessApi } from "./access.ts";
import type { MetricsFormat } from "./metrics-format.ts";
import type { ActuatorApi } from "./routes/actuator.ts";
import type { AppApi } from "./routes/app.ts";
import type { ConfigApi } from "./routes/config.ts";
import type { ConnectionsApi } from "./routes/connections.ts";
import type { DebugApi } from "./routes/debug.ts";
import type { HistoryApi } from "./routes/history.ts";
import type { LifecycleApi } from "./routes/lifecycle.ts";
import type { ListenersApi } from "./routes/listeners.ts";
import type { LogsApi } from "./routes/logs.ts";
import type { OverviewApi } from "./routes/overview.ts";
import type { PoolsApi } from "./routes/pools.ts";
import type { ReplicateApi } from "./routes/replicate.ts";
import type { VersionApi } from "./routes/version.ts";
import type { YieldApi } from "./routes/yield.ts";

/** Reasons against; none means yes. */
export type Reasons = readonly string[];

/** What is asked all day: by the kubelet and by Prometheus. */
export interface ProbesApi {
  /** Whether the process is worth keeping: a container is restarted if it is not. */
  live(): Reasons;
  /** Whether the app may send requests. */
  ready(): Reasons;
  /** What each role has against it: a part of what `ready` says. */
  roles(): Readonly<Record<string, Reasons>>;
  /** Whether the start is over. */
  started(): Reasons;
  /** How each part of the daemon is. */
  components(): readonly ComponentHealth[];
  /** The metrics as text, with its content type. */
  metrics(format: MetricsFormat): Promise<{ readonly type: string; readonly text: string }>;
}

/**
 * What the management interface is handed: it asks these functions and knows nothing of who answers. Each group stands
 * with the routes that ask it.
 */
export interface AdminApi extends VersionApi {
  readonly probes: ProbesApi;
  readonly access: AccessApi;
  readonly app: AppApi;
  readonly config: ConfigApi;
  readonly debug: DebugApi;
  readonly logs: LogsApi;
  readonly overview: OverviewApi;
  readonly history: HistoryApi;
  readonly listeners: ListenersApi;
  readonly pools: PoolsApi;
  readonly lifecycle: LifecycleApi;
  readonly yielding: YieldApi;
  readonly replicate: ReplicateApi;
  readonly connections: ConnectionsApi;
  readonly actuator: ActuatorApi;
  log(fields: Record<string, unknown>, message: string): void;
}
