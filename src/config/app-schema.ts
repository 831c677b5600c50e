import type { Static } from "typebox";
import { hookEvents } from "../lifecycle/hook-options.ts";
import {
  absent,
  duration,
  endpoint,
  filePath,
  filePathAllowed,
  listOf,
  oneOf,
  optionalText,
  section,
  size,
  text,
  typed,
  whole,
} from "./schema-terms.ts";

const second = 1_000;
const hour = 3_600_000;
const MiB = 2 ** 20;

const url = /^https?:\/\/[!"$-?A-~]{1,2000}$/;
const urlAllowed = "a URL with http or https, without user and fragment";
// biome-ignore lint/suspicious/noControlCharactersInRegex: a zero byte ends a word of a command
const word = /^[^\x00]{0,4096}$/;

const http = (description: string) => optionalText(url, urlAllowed, { description });
const file = (description: string) => optionalText(filePath, filePathAllowed, { description });

const healthHttp = http(
  'URL that is asked. An answer of 2xx says that the app is well, unless it is JSON whose `status` is `"degraded"` or `"down"`, with `reasons`.',
);
const healthTcp = typed<string | null>({
  ...endpoint("server", { description: "Address, as `host:port` or `unix:/path`, that takes connections." }),
  default: null,
});
const pace = {
  interval: duration(
    { min: 100, max: hour },
    { description: "From the end of a check to the next.", default: "5s" },
  ),
  timeout: duration(
    { min: 10, max: 60 * second },
    {
      description:
        "Longest time of a check; then it has failed, and a command is killed with its process group.",
      default: "2s",
    },
  ),
  threshold: whole(
    { min: 1, max: 100 },
    {
      description: "Checks that fail in a row before the app counts as down. One that passes counts at once.",
      default: 3,
    },
  ),
};
const scrape = {
  timeout: duration(
    { min: 10, max: 10 * second },
    { description: "Longest time to read them. Scrapes of podmate wait for it.", default: "1s" },
  ),
  limit: size(
    { min: 1024, max: 8 * MiB },
    { description: "Largest text; of a larger one nothing is served.", default: "1MiB" },
  ),
};

/** The section `app`. */
export const app = section(
  {
    health: absent(
      section({
        http: healthHttp,
        tcp: healthTcp,
        exec: absent(listOf(text(word, "a text", { description: "A word." }), { description: "Words." }, 1), {
          description: "Command with its arguments, without a shell; 0 says that the app is well.",
        }),
        file: file(
          "File that is there while the app is well; it may hold JSON with `status` and `reasons` as an answer may.",
        ),
        ...pace,
      }),
      {
        description: "How the app is asked whether it is well: by one of these. If absent, it is not asked.",
      },
    ),
    metrics: absent(
      section({
        http: http("URL of its metrics, in Prometheus' text format or OpenMetrics."),
        file: file("File that holds them."),
        ...scrape,
      }),
      {
        description: "The app's metrics, served at `/metrics` with podmate's own. If absent, there are none.",
      },
    ),
    config: absent(
      section({
        http: http("URL of its configuration: JSON, YAML or lines of `KEY=value`."),
        file: file("File that holds it."),
      }),
      {
        description:
          "The app's configuration, shown at `/app/config` with what is secret by its name hidden. If absent, there is none.",
      },
    ),
    ready: oneOf(["required", "ignored"], {
      description:
        "`required`: podmate is ready only while the app is well. `ignored`: podmate's readiness says whether the app may send requests, whatever becomes of the app; an app that waits for podmate must not be waited for.",
      default: "ignored",
    }),
  },
  {
    description: "The app beside podmate, as far as it does not register by itself (`PUT /app`).",
    default: {},
  },
);

const registeredHook = section({
  on: listOf(
    oneOf(hookEvents, { description: "A state." }),
    { description: "States that it is notified of." },
    1,
  ),
  http: text(url, urlAllowed, { description: "URL that is posted to." }),
  timeout: duration({ min: 1, max: 60 * second }, { description: "Longest time.", default: "5s" }),
});

/** What an app may register: no command and no file, for whoever reaches the port may be in another container. */
export const registration = section({
  health: absent(section({ http: healthHttp, tcp: healthTcp, ...pace }), { description: "Health." }),
  metrics: absent(section({ http: text(url, urlAllowed, { description: "URL." }), ...scrape }), {
    description: "Metrics.",
  }),
  config: absent(section({ http: text(url, urlAllowed, { description: "URL." }) }), {
    description: "Configuration.",
  }),
  hooks: listOf(registeredHook, { description: "Hooks.", default: [] }),
  ttl: absent(duration({ min: second, max: 24 * hour }, { description: "Lease." }), {
    description: "Lease.",
  }),
});

export type AppForm = Static<typeof app>;
export type RegistrationForm = Static<typeof registration>;
