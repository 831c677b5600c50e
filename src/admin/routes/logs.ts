import type { FastifyInstance, FastifyReply } from "fastify";
import { type Clock, systemClock } from "../../core/clock.ts";
import { logLevels } from "../../observe/log-level.ts";
import type { RecentFilter, RecentLog } from "../../observe/recent-log.ts";
import {
  type Answer,
  count,
  flag,
  json,
  list,
  maybe,
  nullable,
  object,
  oneOf,
  text,
} from "../answer-terms.ts";
import { LogFollower } from "../log-follower.ts";
import { eventStream, type LogFormat, ndjson, numbered } from "../log-format.ts";
import { logPage } from "../log-page.ts";
import { Problem } from "../problem.ts";

/** Who follows the log at once, at most. */
export const mostFollowers = 16;
/** Most lines in one answer: all that can be kept. */
const mostLines = 1_000;

const level = oneOf(logLevels, "A severity.");
const until = nullable(count("When it ends on its own, in ms since the Unix epoch; null: it does not."));

const logLevelView = object({
  level: oneOf(logLevels, "Of all lines whose module has no level of its own."),
  set: flag("Whether it was set by hand; else it is the configuration's."),
  until_unix_ms: until,
  configured_level: oneOf(logLevels, "`log.level` of the configuration."),
  modules: list(
    object({
      module: text("Name of the module, as the lines carry it."),
      level: oneOf(logLevels, "In force for its lines."),
      set: flag("Whether it was set by hand for this module."),
      until_unix_ms: until,
    }),
    "The modules that write lines, by name.",
  ),
});

const logLevelChange = object({
  level: nullable(
    oneOf(logLevels, "Least severity of the lines that are written; null takes back what was set."),
  ),
  module: maybe(text("Whose lines; without it, those of all modules that have no level of their own.")),
  for: maybe(text("For how long, such as `10m`, at most 24h; without it, until the next start.")),
});

const logLine = {
  ...object({
    sequence: count("Number of the line; each has one more than the one before it."),
    level,
    time: text("When it was written, ISO 8601."),
    module: text("Who wrote it."),
    msg: text("What it says."),
  }),
  additionalProperties: true,
};

const logsView = object({
  lines: list(json("A line as it was written, with its number."), "Oldest first."),
  older: nullable(count("Give it as `before` for the lines before these; null where none is kept.")),
  newer: count("Give it as `after` for the lines after these."),
  dropped: count(
    "Lines after `after` that are not kept any more, whether or not they would have been chosen.",
  ),
});

const logsQuery = object({
  level: maybe(oneOf(logLevels, "Least severity.")),
  module: maybe(text("Who wrote them: a role or another module; several are separated by commas.")),
  pool: maybe(text("The pool they are about.")),
  since: maybe(text("Not before this time (ISO 8601), or this long ago, such as `10m`.")),
  until: maybe(text("Before this time, in the same form.")),
  after: maybe(count("Only lines with a higher number, the first of them.")),
  before: maybe(count("Only lines with a lower number.")),
  limit: maybe(count(`Most lines, of those kept.`, { maximum: mostLines, default: 100 })),
  follow: maybe(oneOf(["", "true", "false"], "Go on with the lines to come.")),
});

export type LogLevelView = Answer<typeof logLevelView>;
export type LogLevelChange = Answer<typeof logLevelChange>;
type LogsQuery = Answer<typeof logsQuery>;

/** What is asked about the log. */
export interface LogsApi {
  readonly recent: RecentLog;
  /** Reads a time, or how long ago it was, as ms since the Unix epoch; throws a Problem if it is neither. */
  moment(name: string, text: string): number;
  levels(): LogLevelView;
  /** Throws a Problem if there is no such module or the time is out of bounds. */
  setLevel(change: LogLevelChange): void;
}

/** `/logs`, `/log-level`. */
export function addLogs(server: FastifyInstance, api: LogsApi, clock: Clock = systemClock): void {
  const followers = new Set<LogFollower>();

  function follow(
    reply: FastifyReply,
    query: LogsQuery,
    format: LogFormat,
    lastEvent: number | undefined,
  ): void {
    if (followers.size >= mostFollowers) {
      throw new Problem(429, "Too many followers", `${mostFollowers} follow the log already`);
    }
    const { recent } = api;
    const filter = filterOf(query, api);
    const after = query.after ?? lastEvent;
    reply.hijack();
    reply.raw.writeHead(200, {
      "content-type": format.type,
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    });
    // There is nothing to follow for who wants the head alone.
    if (reply.request.method === "HEAD") return void reply.raw.end();
    // The first line may be long in coming, and the follower is to know that it is followed.
    reply.raw.flushHeaders();
    const follower = new LogFollower({
      recent,
      filter,
      after: after === undefined || after > recent.last ? beginning(recent, filter, query) : after,
      format,
      out: reply.raw,
      clock,
      onEnd: () => followers.delete(follower),
    });
    followers.add(follower);
  }

  server.addHook("preClose", async () => {
    for (const follower of followers) follower.finish();
  });
  server.get<{ Querystring: LogsQuery }>(
    "/logs",
    {
      schema: {
        summary: "The recent log",
        description:
          "A page of JSON; with `Accept: application/x-ndjson`, a line each. With `follow` it goes on with the lines to come, as NDJSON or, with `Accept: text/event-stream`, as server-sent events.",
        querystring: logsQuery,
        response: {
          200: {
            description: "The lines.",
            content: {
              "application/json": {
                schema: {
                  ...logsView,
                  properties: { ...logsView.properties, lines: list(logLine, "Oldest first.") },
                },
              },
              "application/x-ndjson": { schema: logLine },
              "text/event-stream": {
                schema: text("Events whose data is a line, and whose id is its number."),
              },
            },
          },
        },
      },
    },
    (request, reply) => {
      const { query, headers } = request;
      const { accept = "" } = headers;
      if (accept.includes(eventStream.type)) {
        return follow(reply, query, eventStream, eventNumber(headers["last-event-id"]));
      }
      if (query.follow !== undefined && query.follow !== "false")
        return follow(reply, query, ndjson, undefined);
      const { after, before, limit = 100 } = query;
      const { lines, ...page } = logPage(api.recent, filterOf(query, api), { after, before, limit });
      if (accept.includes(ndjson.type)) {
        return reply.type(ndjson.type).serializer(String).send(lines.map(ndjson.line).join(""));
      }
      return reply.send({ lines: lines.map((line) => JSON.parse(numbered(line))), ...page });
    },
  );
  server.get(
    "/log-level",
    { schema: { summary: "Which lines are written", response: { 200: logLevelView } } },
    () => api.levels(),
  );
  server.put<{ Body: LogLevelChange }>(
    "/log-level",
    {
      schema: {
        summary: "Set which lines are written, for a time or until the next start",
        body: logLevelChange,
        response: { 200: logLevelView },
      },
    },
    ({ body }) => {
      api.setLevel(body);
      return api.levels();
    },
  );
}

function filterOf({ level, module, pool, since, until }: LogsQuery, api: LogsApi): RecentFilter {
  return {
    level,
    modules: module?.split(","),
    pool,
    since: since === undefined ? undefined : api.moment("since", since),
    until: until === undefined ? undefined : api.moment("until", until),
  };
}

/** After which line a follower begins that does not say it. */
function beginning(recent: RecentLog, filter: RecentFilter, { limit = 100, before }: LogsQuery): number {
  const { lines } = logPage(recent, filter, { limit, before });
  return (lines[0]?.sequence ?? recent.last + 1) - 1;
}

/** What a browser has seen last when its connection broke off. */
function eventNumber(lastEventId: string | string[] | undefined): number | undefined {
  const id = Number(lastEventId ?? Number.NaN);
  return Number.isSafeInteger(id) && id >= 0 ? id : undefined;
}
