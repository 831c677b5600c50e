import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
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
import { type IfMatch, parseIfMatch } from "../if-match.ts";
import { Problem } from "../problem.ts";

const source = oneOf(
  ["file", "http"],
  "Which source rules: the file (or what is built in), or a change over HTTP.",
);
const origin = text("Where that came from: the file's name, `PUT /config` or `POST /config/rollback`.");
const rule = text("Which source rules, until when, and how to return to the other: a sentence for people.");
const changes = list(text("A difference."), "What is different, a line each.");
const needsRestart = list(
  text("Path of a setting, such as `admin.listen`."),
  "Settings that take effect only at the next start.",
);
const notes = list(text("A sentence."), "What became of a change over HTTP, where it and the file disagree.");
const errors = list(
  text("`NAME:LINE:COLUMN: PATH: MESSAGE`; NAME is `body` for what was sent."),
  "Why it was refused; empty if it was not.",
);
const etag = text("Names the version in force, for If-Match; it is sent as ETag too.");

const reloadView = object(
  {
    ok: flag("Whether it was applied."),
    trigger: text("What asked for it: `SIGHUP`, `the file has changed`, `PUT /config`…"),
    at_unix_ms: count("When it ended, in ms since the Unix epoch."),
    version: count("Version in force afterwards."),
    changes,
    needs_restart: needsRestart,
    notes,
    errors,
  },
  "How the last change was taken, whatever asked for it.",
);

const configView = object({
  version: count("Version in force: 1 at the start, 1 more with each change."),
  etag,
  source,
  origin,
  file: nullable(text("Path of the file; null if the daemon runs without one.")),
  rule,
  since_unix_ms: count("When the version came into force, in ms since the Unix epoch."),
  needs_restart: needsRestart,
  config: json("All settings in the form of the file, secrets hidden; what is off is false."),
  defaults: list(text("Path of a setting."), "Settings that are at their default."),
  overrides: list(
    object({
      pool: text("Name of the pool."),
      server: text("Name of the server."),
      state: nullable(oneOf(["ready", "drain"], "What was asked for; null: as configured.")),
      weight: nullable(count("What was asked for; null: as configured.")),
      since_unix_ms: count("Since when, in ms since the Unix epoch."),
    }),
    "What was asked of single servers by POST, and lies over `config`.",
  ),
  last_reload: nullable(reloadView),
});

const changeView = object({
  version: count("Version in force now."),
  etag,
  dry_run: flag("Whether it was only tried, so that nothing has changed."),
  source,
  origin,
  rule,
  changes,
  needs_restart: needsRestart,
  notes,
});

const versionsView = object({
  versions: list(
    object({
      version: count("Its number."),
      in_force: flag("Whether it is the one in force."),
      source,
      origin,
      trigger: text("What asked for it."),
      since_unix_ms: count("When it came into force, in ms since the Unix epoch."),
      changes,
    }),
    "The last versions that were in force, newest first; 10 at the most.",
  ),
});

/** The configuration in force as `/config` shows it. */
export type ConfigView = Answer<typeof configView>;
/** How a change of it ended. */
export type ChangeView = Answer<typeof changeView> & {
  /** Why nothing has changed: it was refused, another version is in force, or there is none to go back to. */
  readonly failure: "refused" | "stale" | "unknown" | null;
  readonly errors: readonly string[];
};
export type VersionsView = Answer<typeof versionsView>;

export interface ChangeOptions {
  /** Only says what would change. */
  readonly dryRun: boolean;
  readonly ifMatch: IfMatch;
}

/** What is asked about the configuration. */
export interface ConfigApi {
  /** What is in force. */
  effective(): Promise<ConfigView>;
  versions(): VersionsView;
  schema(): Promise<unknown>;
  /** Changes that have been asked for and have not ended. */
  waiting(): number;
  /** `force`: the file comes into force even if it has not changed since. */
  reload(options: ChangeOptions & { readonly force: boolean }): Promise<ChangeView>;
  put(text: string, options: ChangeOptions): Promise<ChangeView>;
  /** Without a version, to the one before. */
  rollback(version: number | undefined, options: ChangeOptions): Promise<ChangeView>;
}

/** A larger configuration is refused, in bytes: the bound of the file. */
const largestConfig = 2 ** 20;
/** More changes do not wait for each other: each takes a process, one at a time. */
const mostWaiting = 16;

const onOff = ["", "true", "false"] as const;
const dryRun = maybe(oneOf(onOff, "Only tell what would change; `?dry-run` alone is enough."));
type Switch = (typeof onOff)[number] | undefined;
type Query = { readonly "dry-run"?: Switch; readonly force?: Switch; readonly version?: number };
type Asked = FastifyRequest<{ Querystring: Query }>;

const ifMatch = maybe(text("ETag of the version that is to be replaced, or `*` for whichever is in force."));
const headers = { type: "object", properties: { "if-match": ifMatch } };

const schemaType = "application/schema+json";

/** `/config` */
export function addConfig(server: FastifyInstance, api: ConfigApi): void {
  server.get(
    "/config",
    { schema: { summary: "The configuration in force, secrets hidden", response: { 200: configView } } },
    async (_request, reply) => {
      const view = await api.effective();
      reply.header("etag", view.etag);
      return view;
    },
  );
  server.get(
    "/config/schema",
    {
      schema: {
        summary: "JSON Schema of the configuration file",
        produces: [schemaType],
        response: { 200: json("A JSON Schema, draft 2020-12.") },
      },
    },
    (_request, reply) => {
      reply.type(schemaType);
      return api.schema();
    },
  );
  server.get(
    "/config/versions",
    { schema: { summary: "The last versions of the configuration", response: { 200: versionsView } } },
    () => api.versions(),
  );
  server.post(
    "/config/reload",
    {
      schema: {
        summary: "Read the configuration file again",
        description: "A change over HTTP stays if the file has not changed since it was last applied.",
        querystring: object({
          "dry-run": dryRun,
          force: maybe(oneOf(onOff, "Apply the file even so.")),
        }),
        headers,
        response: { 200: changeView },
      },
    },
    (request: Asked, reply) =>
      answer(reply, "Not reloaded", api, () =>
        api.reload({ ...optionsOf(request), force: isOn(request.query.force) }),
      ),
  );
  server.post(
    "/config/rollback",
    {
      schema: {
        summary: "Return to an earlier version of the configuration, which becomes a new one",
        querystring: object({
          "dry-run": dryRun,
          version: maybe(count("One of `/config/versions`; without it, the one before.")),
        }),
        headers,
        response: { 200: changeView },
      },
    },
    (request: Asked, reply) =>
      answer(reply, "Not changed", api, () => api.rollback(request.query.version, optionsOf(request))),
  );
  addPut(server, api);
}

function addPut(server: FastifyInstance, api: ConfigApi): void {
  const schema = {
    summary: "Replace the configuration",
    description:
      "The body is a whole configuration file, in YAML or JSON. If-Match is needed, but for a dry run.",
    querystring: object({ "dry-run": dryRun }),
    headers,
    body: {
      content: {
        "application/yaml": { schema: json("A configuration file.") },
        "application/json": { schema: json("The same as JSON; `/config/schema` describes it.") },
      },
    },
    response: { 200: changeView },
  };
  // In a room of its own: here JSON is read as any other YAML, for errors with lines.
  void server.register(async (room) => {
    room.removeAllContentTypeParsers();
    room.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: largestConfig }, (_request, body, done) =>
      done(null, body),
    );
    room.put("/config", { schema, bodyLimit: largestConfig }, (request: Asked, reply) => {
      const options = optionsOf(request);
      if (options.ifMatch === null && !options.dryRun) {
        const detail =
          "say in If-Match which version is to be replaced: its ETag, or * for whichever is in force";
        throw new Problem(428, "Precondition required", detail);
      }
      const document = textOf(request.body);
      return answer(reply, "Not changed", api, () => api.put(document, options));
    });
  });
}

async function answer(
  reply: FastifyReply,
  title: string,
  api: ConfigApi,
  change: () => Promise<ChangeView>,
): Promise<Answer<typeof changeView>> {
  if (api.waiting() >= mostWaiting) {
    const detail = "other changes of the configuration wait already; try again later";
    throw new Problem(429, "Too many requests", detail, {}, { "retry-after": "1" });
  }
  const { failure, errors, ...view } = await change();
  const { version, etag } = view;
  reply.header("etag", etag);
  if (failure === "unknown") throw new Problem(404, "Not found", errors.join("; "), { version });
  if (failure === "stale") {
    const detail = `version ${version} is in force, and If-Match names another`;
    throw new Problem(412, "Precondition failed", detail, { version, etag });
  }
  if (failure === "refused") {
    throw new Problem(422, title, `version ${version} stays in force`, { version, errors });
  }
  return view;
}

function optionsOf({ query, headers }: Asked): ChangeOptions {
  return { dryRun: isOn(query["dry-run"]), ifMatch: parseIfMatch(headers["if-match"]) };
}

function isOn(value: Switch): boolean {
  return value === "" || value === "true";
}

/** The text of a body, which is none where nothing was sent. */
function textOf(body: unknown): string {
  if (!(body instanceof Uint8Array)) return "";
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    throw new Problem(400, "Bad request", "the body is not valid UTF-8");
  }
}
