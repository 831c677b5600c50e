import { formatAddress } from "../core/address.ts";
import { formatPath, type Path, type Position, show } from "./config-error.ts";
import type { Directive, Located, TwemproxyPool } from "./twemproxy-file.ts";
import { digits, parseTwemproxyListen, parseTwemproxyServer } from "./twemproxy-server.ts";
import { formatDuration, type Reading } from "./units.ts";

type Settings = Record<string, unknown>;
type Refuse = (position: Position, path: Path, message: string) => void;

/**
 * One twemproxy pool as a listener and a pool in the form of our file. Values that cannot be taken over go to
 * `refuse`; what has no effect or another meaning now is written into `comments` under the setting concerned.
 */
export function convertPool(
  pool: TwemproxyPool,
  comments: Map<string, string[]>,
  refuse: Refuse,
): { listener: Settings; pool: Settings } {
  return new PoolConversion(pool, comments, refuse).run();
}

/** twemproxy's functions (`HASH_CODEC`) and distributions (`DIST_CODEC`). */
const hashes =
  "one_at_a_time md5 crc16 crc32 crc32a fnv1_64 fnv1a_64 fnv1_32 fnv1a_32 hsieh murmur jenkins".split(" ");
const distributions = ["ketama", "modula", "random"];

const day = 86_400_000;

class PoolConversion {
  readonly #pool: TwemproxyPool;
  readonly #comments: Map<string, string[]>;
  readonly #refuse: Refuse;

  constructor(pool: TwemproxyPool, comments: Map<string, string[]>, refuse: Refuse) {
    this.#pool = pool;
    this.#comments = comments;
    this.#refuse = refuse;
  }

  run(): { listener: Settings; pool: Settings } {
    this.#refuseRedis();
    const pool = {
      ring: this.#ring(),
      servers: this.#servers(),
      ...this.#timeouts(),
      connections: this.#connections(),
      preconnect: this.#flag("preconnect"),
      tcp_keepalive: this.#flag("tcpkeepalive"),
      eject: this.#eject(),
    };
    return { listener: this.#listener(), pool };
  }

  #refuseRedis(): void {
    const speaksRedis = this.#flag("redis");
    const redis = this.#pool.directives.get("redis");
    if (speaksRedis && redis)
      this.#reject(
        "redis",
        redis,
        "a Redis pool cannot be taken over: only memcache is spoken (--skip-redis leaves such pools out)",
      );
    for (const directive of ["redis_auth", "redis_db"] as const) {
      const located = this.#pool.directives.get(directive);
      if (located)
        this.#reject(directive, located, "it belongs to Redis pools, and only memcache is spoken; remove it");
    }
  }

  #listener(): Settings {
    const name = this.#pool.name.text;
    const listen = this.#read("listen", parseTwemproxyListen);
    const backlog = this.#number("backlog", 512, 1, 65535, "pools");
    if (this.#pool.directives.has("client_connections")) {
      this.#number("client_connections", 0, 0, Number.POSITIVE_INFINITY, "pools");
      this.#comment("pools", "client_connections is left out: twemproxy reads it and ignores it.");
      this.#comment("pools", "The listener's limits.connections does what it promised.");
    }
    if (this.#pool.directives.has("reuseport")) {
      this.#flag("reuseport");
      this.#comment("pools", "reuseport is left out: every worker listens on the port anyhow.");
    }
    return {
      name,
      listen: listen ? formatAddress(listen.address) : "",
      ...(listen?.mode !== undefined && { socket_mode: listen.mode }),
      backlog,
      pool: name,
    };
  }

  #ring(): Settings {
    const tag = this.#pool.directives.get("hash_tag");
    if (tag && !/^[!-~]{2}$/.test(tag.text)) {
      this.#reject("hash_tag", tag, `${show(tag.text)} is not two printable ASCII characters`);
    }
    return {
      distribution: this.#choice("distribution", distributions, "ketama"),
      hash: this.#choice("hash", hashes, "fnv1a_64"),
      ...(tag && { tag: tag.text }),
    };
  }

  #servers(): Settings[] {
    const random = this.#pool.directives.get("distribution")?.text === "random";
    let weighted = false;
    const servers = this.#pool.servers.map((located, index) => {
      const server = this.#parse(located, ["servers", index], parseTwemproxyServer);
      if (!server) return {};
      weighted ||= server.weight !== 1;
      const { name } = server;
      return {
        address: formatAddress(server.address),
        weight: random ? 1 : server.weight,
        ...(name !== undefined && { name }),
      };
    });
    if (random && weighted)
      this.#comment("servers", "The weights are left out: random ignores them in twemproxy too.");
    return servers;
  }

  #timeouts(): Settings {
    if (!this.#pool.directives.has("timeout")) {
      this.#comment(
        "timeout",
        "No limit, as in twemproxy without a timeout; a limit such as 1s is advisable.",
      );
      return { timeout: 0 };
    }
    const timeout = this.#number("timeout", 0, 0, day, "timeout");
    if (timeout === 0) return { timeout: 0 };
    this.#comment("timeout", "In twemproxy one request that times out fails all others on its connection;");
    this.#comment("timeout", "here it fails alone.");
    return { timeout: formatDuration(timeout), connect_timeout: formatDuration(timeout) };
  }

  #connections(): number {
    const located = this.#pool.directives.get("server_connections");
    if (located && digits(located.text) === 0) this.#reject("server_connections", located, "it cannot be 0");
    return this.#number("server_connections", 1, 1, 64, "connections");
  }

  #eject(): Settings | false {
    const backoff = this.#number("server_retry_timeout", 30_000, 10, day, "eject");
    const failures = this.#number("server_failure_limit", 2, 1, 1000, "eject");
    if (!this.#flag("auto_eject_hosts")) {
      const unused = (["server_retry_timeout", "server_failure_limit"] as const).filter((directive) =>
        this.#pool.directives.has(directive),
      );
      for (const directive of unused) {
        this.#comment("eject", `${directive} is left out: without auto_eject_hosts it has no effect.`);
      }
      return false;
    }
    this.#comment(
      "eject",
      "auto_eject_hosts: failures is server_failure_limit, backoff is server_retry_timeout.",
    );
    this.#comment(
      "eject",
      "A server comes back once a probe has passed, not with the next request; one always stays.",
    );
    this.#comment("eject", "on_eject: fail_fast would leave the keys of the other servers where they are.");
    return {
      failures,
      window: "1h",
      backoff: formatDuration(backoff),
      max_backoff: formatDuration(backoff),
      max_percent: 100,
      on_eject: "rehash",
    };
  }

  #flag(directive: Directive): boolean {
    return this.#choice(directive, ["true", "false"], "false") === "true";
  }

  #choice(directive: Directive, choices: readonly string[], fallback: string): string {
    const located = this.#pool.directives.get(directive);
    if (!located) return fallback;
    if (choices.includes(located.text)) return located.text;
    this.#reject(directive, located, `${show(located.text)} is not allowed; give ${choices.join(", ")}`);
    return fallback;
  }

  /** A number, brought within bounds where ours are narrower; the comment that says so goes to `setting`. */
  #number(directive: Directive, fallback: number, min: number, max: number, setting: string): number {
    const located = this.#pool.directives.get(directive);
    if (!located) return fallback;
    const value = digits(located.text);
    if (value === null) {
      this.#reject(directive, located, `${show(located.text)} is not a number`);
      return fallback;
    }
    const bounded = Math.min(Math.max(value, min), max);
    if (bounded !== value)
      this.#comment(setting, `${directive} was ${located.text}; the bounds are ${min} to ${max}.`);
    return bounded;
  }

  #read<T>(directive: Directive, parse: (text: string) => Reading<T>): T | undefined {
    const located = this.#pool.directives.get(directive);
    return located && this.#parse(located, [directive], parse);
  }

  #parse<T>(located: Located, path: Path, parse: (text: string) => Reading<T>): T | undefined {
    const reading = parse(located.text);
    if ("value" in reading) return reading.value;
    const message = `${show(located.text)} is not allowed: ${reading.reason}`;
    this.#refuse(located.position, [this.#pool.name.text, ...path], message);
    return undefined;
  }

  #reject(directive: Directive, { position }: Located, message: string): void {
    this.#refuse(position, [this.#pool.name.text, directive], message);
  }

  /** Puts a comment above a setting of the pool, or above the pool itself (`pools`). */
  #comment(setting: string, line: string): void {
    const name = this.#pool.name.text;
    const key = formatPath(setting === "pools" ? ["pools", name] : ["pools", name, setting]);
    this.#comments.set(key, [...(this.#comments.get(key) ?? []), line]);
  }
}
