import type { Address } from "../core/address.ts";
import { ringName } from "../ring/ring-name.ts";
import { isHost, parseSocketPath } from "./endpoint.ts";
import type { Reading } from "./units.ts";

/** A server of a twemproxy file. */
export interface TwemproxyServer {
  readonly address: Address;
  readonly weight: number;
  /** Its name on the ring, where that is not what its address gives by itself. */
  readonly name?: string;
}

/** Where a twemproxy pool listens. */
export interface TwemproxyListen {
  readonly address: Address;
  /** Permission bits of a unix socket, as octal digits. */
  readonly mode?: string;
}

/**
 * Reads `host:port:weight [name]` or `/socket:weight [name]`. As in twemproxy it is taken apart from the right, so
 * that IPv6 addresses need no brackets, and the ring name comes from the text: port `011211` and all.
 */
export function parseTwemproxyServer(text: string): Reading<TwemproxyServer> {
  const [, rest, given] = /^(.*?)(?: ([^ ]*))?$/s.exec(text) as unknown as [string, string, string?];
  if (given === "") return { reason: "the name behind the blank is missing" };
  const parts = text.startsWith("/") ? /^(\/.*):([^:]*)$/s.exec(rest) : /^(.*):([^:]*):([^:]*)$/s.exec(rest);
  if (!parts) return { reason: "it is not of the form host:port:weight [name] or /socket:weight [name]" };
  const weight = digits(parts.at(-1) as string);
  if (weight === null) return { reason: `the weight ${JSON.stringify(parts.at(-1))} is not a number` };
  if (weight > 65535) {
    const advice = "with ketama only their ratio counts: divide those of all servers by the same number";
    return { reason: `the weight ${weight} is not within 1..65535; ${advice}` };
  }
  if (weight < 1) return { reason: `the weight ${weight} is not within 1..65535` };

  const host = parts[1] as string;
  const address = text.startsWith("/") ? parseSocketPath(host) : tcp(host, parts[2] as string);
  if ("reason" in address) return address;
  const port = "port" in address.value ? address.value.port : null;
  const place = given ?? (port === 11211 ? host : `${host}:${port === null ? "" : parts[2]}`);
  const server = { address: address.value, weight };
  return { value: place === ringName(server) ? server : { ...server, name: place } };
}

/** Reads `host:port` or `/socket [mode]`, the mode in octal. */
export function parseTwemproxyListen(text: string): Reading<TwemproxyListen> {
  if (!text.startsWith("/")) {
    const colon = text.lastIndexOf(":");
    if (colon < 0) return { reason: "it is not of the form host:port" };
    const address = tcp(text.slice(0, colon), text.slice(colon + 1));
    return "reason" in address ? address : { value: { address: address.value } };
  }
  const space = text.lastIndexOf(" ");
  const address = parseSocketPath(space < 0 ? text : text.slice(0, space));
  if ("reason" in address) return address;
  if (space < 0) return { value: { address: address.value } };
  const mode = text.slice(space + 1);
  if (!/^0*[0-7]{1,3}$/.test(mode))
    return { reason: `the mode ${JSON.stringify(mode)} is not within 0..0777` };
  const bits = Number.parseInt(mode, 8);
  // Mode 0 is twemproxy's word for none given.
  return {
    value: { address: address.value, ...(bits > 0 && { mode: `0${bits.toString(8).padStart(3, "0")}` }) },
  };
}

/** A number as twemproxy reads it: nothing but digits. */
export function digits(text: string): number | null {
  return /^\d+$/.test(text) ? Number(text) : null;
}

function tcp(written: string, portText: string): Reading<Address> {
  const host = written.replace(/^\[(.*)\]$/s, "$1");
  if (!isHost(host)) {
    return { reason: host === "" ? "the host is missing" : `"${host}" is not a host name or an IP address` };
  }
  const port = digits(portText);
  if (port === null || port < 1 || port > 65535) {
    return { reason: `the port ${JSON.stringify(portText)} is not within 1..65535` };
  }
  return { value: { host, port } };
}
