import { version } from "../../core/version.ts";

/** The protocol level that clients may count on, as a version of memcached. */
export const protocolVersion = "1.6.18";

/**
 * What clients are told: that, and who really answers, as a word of its own. libmemcached wants three numbers at the
 * beginning; the npm package `memcached` takes the three at the end of the first word, and crashes its app without them.
 */
export const ownVersion = `${protocolVersion} podmate-${version}`;
