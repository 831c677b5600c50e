import { version } from "../../core/version.ts";

/**
 * What clients are told: first the protocol level that they may count on, then who really answers. libmemcached wants
 * three numbers at the beginning; the npm package `memcached` crashes its app without three numbers at the end.
 */
export const ownVersion = `1.6.18-podmate-${/^\d+\.\d+\.\d+/.exec(version)?.[0] ?? "0.0.0"}`;
