import type { App, ConfigSource } from "../app.ts";
import { formatConfigError } from "../config/config-error.ts";
import { parseListen } from "../config/endpoint.ts";
import { formatAddress } from "../core/address.ts";
import { holdOptimizer } from "../core/optimizer.ts";
import { version } from "../core/version.ts";
import type { LogLevel } from "../observe/log-level.ts";
import type { LogOutput } from "../observe/logger.ts";
import type { ServersReading } from "../upstream/discovery/file-discovery.ts";
import { kubernetesAccess } from "../upstream/discovery/kubernetes/kubernetes-access.ts";
import { threadEntry } from "../workers/thread-entry.ts";
import { ThreadStarter } from "../workers/thread-starter.ts";
import { CannotGoOn } from "./cannot-go-on.ts";
import { readServersInProcess } from "./config-process.ts";
import { configSource, type Overrides, overridden } from "./config-source.ts";
import type { Embedded } from "./embedded.ts";
import { type ExitCode, exitCode, type Flags, type Invocation, type Terminal } from "./verb.ts";

/** `podmate run` */
export async function run({ flags }: Invocation, terminal: Terminal): Promise<ExitCode> {
  const over = overrides(flags);
  if (flags["config"] !== undefined && flags["twemproxy"] !== undefined) {
    throw new CannotGoOn(exitCode.usage, "podmate: --config and --twemproxy exclude each other");
  }
  if (flags["skip-redis"] === true && flags["twemproxy"] === undefined) {
    throw new CannotGoOn(
      exitCode.usage,
      "podmate: --skip-redis is for twemproxy's file: give that by --twemproxy",
    );
  }
  const noFile = flags["config"] === undefined && flags["twemproxy"] === undefined;
  const embedded = noFile ? await (await import("./embedded.ts")).startEmbedded() : null;
  try {
    const source = overridden(await sourceOf(flags, embedded, terminal), over);
    return await serve(source, embedded !== null, terminal);
  } finally {
    await embedded?.close();
  }
}

async function serve(source: ConfigSource, embedded: boolean, terminal: Terminal): Promise<ExitCode> {
  const releaseOptimizer = holdOptimizer();
  const app = await start(source, terminal).finally(releaseOptimizer);
  if (embedded || terminal.tty) terminal.out(greeting(app, source));
  if (embedded) terminal.out(thingsToTry(app));
  await app.stopped;
  return exitCode.done;
}

async function start(source: ConfigSource, terminal: Terminal): Promise<App> {
  // The configuration is read by another process while this one loads the daemon, and a thread the data plane.
  const read = source.read();
  let threads: ThreadStarter | null = null;
  try {
    threads = new ThreadStarter(threadEntry("worker"));
    const [reading, { startApp }, logTo] = await Promise.all([
      read,
      loadApp(),
      import("../observe/log-output.ts").then(({ descriptorOutput }) => descriptorOutput(2)),
    ]);
    if (!reading.ok) {
      throw new CannotGoOn(exitCode.badConfig, reading.errors.map(formatConfigError).join("\n"));
    }
    const { format } = reading.config.log;
    const isText = format === "text" || (format === "auto" && terminal.errTty === true);
    return await startApp({
      reading,
      source,
      env: terminal.env,
      discovery: {
        readServers: (text, file, port) => readServers(text, file, port, terminal),
        kubernetes: kubernetesAccess(terminal.env),
      },
      threads,
      logTo: isText ? await textLog(logTo, terminal) : logTo,
      signals: terminal.signals,
      exit: (code) => terminal.exit(code),
    });
  } catch (error) {
    if (error instanceof CannotGoOn) throw error;
    throw new CannotGoOn(exitCode.failed, `podmate: ${error instanceof Error ? error.message : error}`);
  } finally {
    await threads?.close();
  }
}

/** Few daemons have a terminal, so that what this takes is loaded when it is needed. */
async function textLog(output: LogOutput, { errTty, env }: Terminal): Promise<LogOutput> {
  const { TextLog } = await import("./text-log.ts");
  return new TextLog(output, errTty === true && !env["NO_COLOR"]);
}

async function loadApp(): Promise<typeof import("../app.ts")> {
  const app = await import("../app.ts");
  app.prepareStart();
  return app;
}

async function readServers(
  text: string,
  file: string,
  port: number,
  { env }: Terminal,
): Promise<ServersReading> {
  const loaded = await readServersInProcess(text, file, port, env);
  return loaded.ok ? loaded : { ok: false, errors: loaded.errors.map(formatConfigError) };
}

async function sourceOf(flags: Flags, embedded: Embedded | null, terminal: Terminal): Promise<ConfigSource> {
  const { env } = terminal;
  const { config, twemproxy } = flags;
  if (typeof config === "string") {
    // Few need what reads standard input, and each start of a daemon would load it.
    const input =
      config === "-"
        ? await (await import("./config-input.ts")).configInput(config, terminal)
        : { origin: config };
    return configSource({ ...input, format: "podmate" }, env);
  }
  if (typeof twemproxy === "string") {
    const skipRedis = flags["skip-redis"] === true;
    return configSource({ format: "twemproxy", origin: twemproxy, skipRedis }, env);
  }
  const text = embedded?.config ?? "";
  return configSource({ format: "podmate", origin: "the embedded default", text }, env);
}

/** What the flags put in place of the file's word. */
function overrides(flags: Flags): Overrides {
  const over: { -readonly [K in keyof Overrides]: Overrides[K] } = {};
  const { admin, workers, "log-level": level } = flags;
  if (typeof admin === "string") {
    const listen = parseListen(admin);
    if ("reason" in listen)
      throw new CannotGoOn(exitCode.usage, `podmate: --admin ${admin}: ${listen.reason}`);
    over.listen = listen.value;
  }
  if (typeof workers === "string" && workers !== "auto") {
    const count = Number(workers);
    if (!Number.isInteger(count) || count < 1 || count > 64) {
      throw new CannotGoOn(
        exitCode.usage,
        `podmate: --workers ${workers}: give a whole number from 1 to 64, or auto`,
      );
    }
    over.workers = count;
  } else if (workers === "auto") over.workers = "auto";
  if (typeof level === "string") over.level = level as LogLevel;
  return over;
}

function greeting(app: App, source: ConfigSource): string {
  const listeners = app.listeners.map(
    ({ name, listen, protocol }) => `  ${protocol.padEnd(10)}  ${formatAddress(listen)}  (${name})\n`,
  );
  return `podmate ${version} runs on ${source.origin}
${listeners.join("")}  management  http://${formatAddress(app.admin)}
`;
}

/** Commands that work when pasted into another terminal, in any folder. */
function thingsToTry(app: App): string {
  const admin = formatAddress(app.admin);
  const at = (wanted: string) => app.listeners.find(({ protocol }) => protocol === wanted)?.listen;
  const cache = at("memcache");
  const web = at("http");
  const nc = cache !== undefined && "port" in cache ? `${cache.host} ${cache.port}` : "";
  return `
Four memcache nodes and four HTTP servers run inside; keys and users are spread over them. Try:

  printf 'set greeting 0 0 5\\r\\nhello\\r\\nget greeting\\r\\nquit\\r\\n' | nc ${nc}
  curl -s -H 'x-user-id: ann' 'http://${web === undefined ? "" : formatAddress(web)}/hello'
  curl -s 'http://${admin}/ring/cache?key=greeting'

Ctrl-C ends it.
`;
}
