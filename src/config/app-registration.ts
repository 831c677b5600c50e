import { isIP } from "node:net";
import type { HookOptions } from "../lifecycle/hook-options.ts";
import type { Registration } from "../roles/app/app-options.ts";
import { checkTcp, checkUrl, normalizeAppHealth, tcpCheck } from "./app-form.ts";
import { type RegistrationForm, registration } from "./app-schema.ts";
import { type Path, show } from "./config-error.ts";
import { parseServer } from "./endpoint.ts";
import { readForm } from "./form-reader.ts";
import type { Refuse } from "./refuse.ts";
import { toBytes, toMilliseconds } from "./units.ts";
import type { WellFormed } from "./well-formed.ts";

/** What an app has registered, or all that is wrong with it, a line each. */
export type RegistrationReading =
  | { readonly ok: true; readonly registration: Registration<HookOptions> }
  | { readonly ok: false; readonly errors: readonly string[] };

const mostHooks = 16;

/** Reads what an app registers, as JSON. Never throws. */
export function readRegistration(text: string): RegistrationReading {
  const options = {
    file: "body",
    schema: registration,
    environment: {},
    empty: "there is nothing to register",
  };
  const { form, refuse, errors } = readForm<RegistrationForm>(text, options);
  if (form !== undefined) checkRegistration(form, refuse);
  const refused = errors().map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));
  if (refused.length > 0) return { ok: false, errors: refused };
  return { ok: true, registration: normalize(form as RegistrationForm) };
}

function checkRegistration(form: WellFormed<RegistrationForm>, refuse: Refuse): void {
  const { health, metrics, config, hooks } = form;
  if (health) checkHealth(health, refuse);
  checkNear(metrics?.http, ["metrics", "http"], refuse);
  checkNear(config?.http, ["config", "http"], refuse);
  if ((hooks?.length ?? 0) > mostHooks) refuse(["hooks"], `there are more than ${mostHooks}`);
  for (const [index, hook] of (hooks ?? []).entries())
    checkNear(hook?.http, ["hooks", index, "http"], refuse);
}

function checkHealth(
  { http, tcp }: WellFormed<NonNullable<RegistrationForm["health"]>>,
  refuse: Refuse,
): void {
  if (http === undefined || tcp === undefined) return;
  if ((http === null) === (tcp === null)) refuse(["health"], "give http or tcp");
  checkNear(http, ["health", "http"], refuse);
  checkTcp(tcp, ["health", "tcp"], refuse);
  const reading = tcp === null ? null : parseServer(tcp, 0);
  if (reading === null || !("value" in reading)) return;
  const { value } = reading;
  if ("path" in value) refuse(["health", "tcp"], "a unix socket is for the configuration to name");
  else checkHost(value.host, ["health", "tcp"], refuse);
}

/** The app is beside podmate; who reaches the port of the management interface is not to send podmate anywhere else. */
function checkNear(url: string | null | undefined, path: Path, refuse: Refuse): void {
  checkUrl(url, path, refuse);
  if (typeof url === "string" && URL.canParse(url))
    checkHost(new URL(url).hostname.replace(/^\[|\]$/g, ""), path, refuse);
}

function checkHost(host: string, path: Path, refuse: Refuse): void {
  const isLoopback = host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
  if (!isLoopback) refuse(path, `${show(host)} is not on loopback, where the app is`);
}

function normalize({ health, metrics, config, hooks, ttl }: RegistrationForm): Registration<HookOptions> {
  return {
    health:
      health &&
      normalizeAppHealth(
        health,
        health.http === null ? tcpCheck(health.tcp ?? "") : { kind: "http", url: health.http },
      ),
    metrics: metrics && {
      source: { kind: "http", url: metrics.http },
      timeout: toMilliseconds(metrics.timeout),
      limit: toBytes(metrics.limit),
    },
    config: config && { kind: "http", url: config.http },
    hooks: hooks.map(
      ({ on, http, timeout }, index): HookOptions => ({
        // No hook of the configuration has such a name.
        name: `app/${index + 1}`,
        on,
        timeout: toMilliseconds(timeout),
        call: { kind: "http", url: http },
      }),
    ),
    ttl: ttl === null ? null : toMilliseconds(ttl),
  };
}
