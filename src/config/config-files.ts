import { closeSync, openSync, readSync } from "node:fs";
import { resolve } from "node:path";
import { tokenAllowed, tokensIn } from "../admin/bearer-token.ts";
import { reasonOf } from "../core/file-reason.ts";
import { loadTls } from "../core/lazy-builtins.ts";
import type { Path } from "./config-error.ts";
import type { Files } from "./normalize.ts";
import type { CredentialsForm } from "./pool-schema.ts";
import type { Refuse } from "./refuse.ts";
import type { ConfigForm } from "./schema.ts";
import type { WellFormed } from "./well-formed.ts";

/** Reads at most so many bytes of a file; throws as `node:fs` does, and a RangeError if the file is larger. */
export type ReadFile = (path: string, mostBytes: number) => Uint8Array;

/** Certificates and passwords are smaller than this, in bytes; a device that never ends is not. */
const mostBytes = 2 ** 20;

const tlsParts = ["cert", "key", "ca", "client_ca"] as const;
type TlsPaths = { readonly [Part in (typeof tlsParts)[number]]?: string | null | undefined };

/** The default `ReadFile`: stops at the bound, whatever the file says of its size. */
export function readBounded(path: string, most: number): Uint8Array {
  const buffer = Buffer.allocUnsafe(most + 1);
  const descriptor = openSync(path, "r");
  try {
    let length = 0;
    for (;;) {
      const read = readSync(descriptor, buffer, length, buffer.length - length, null);
      if (read === 0) return buffer.subarray(0, length);
      length += read;
      if (length > most) throw new RangeError(`it is larger than ${most} bytes`);
    }
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Reads the files that a configuration names, so that a bad one stops the start and not the first client: secrets,
 * which are kept, tokens and certificates. Relative paths start at `folder`.
 */
export function readFiles(
  form: WellFormed<ConfigForm>,
  folder: string,
  read: ReadFile,
  refuse: Refuse,
): Files {
  const absolute = (path: string): string => resolve(folder, path);
  const secrets = new Map<string, string>();

  if (form.admin?.remote) readTokens(form.admin.remote.token_file, ["admin", "remote", "token_file"]);
  for (const [index, listener] of (form.memcache ?? []).entries()) {
    if (listener?.tls) readTls(listener.tls, ["memcache", index, "tls"]);
    for (const [at, account] of (listener?.auth ?? []).entries())
      readSecret(account, ["memcache", index, "auth", at]);
  }
  for (const [index, listener] of (form.http ?? []).entries())
    if (listener?.tls) readTls(listener.tls, ["http", index, "tls"]);
  for (const [name, pool] of Object.entries(form.pools ?? {})) {
    if (pool?.tls) readTls(pool.tls, ["pools", name, "tls"]);
    if (pool?.auth) readSecret(pool.auth, ["pools", name, "auth"]);
  }
  return { resolve: absolute, secret: (path) => secrets.get(path) ?? "" };

  function readSecret(account: WellFormed<CredentialsForm> | undefined, at: Path): void {
    const path = account?.password_file;
    const setting = [...at, "password_file"];
    const secret = readText(path, setting)?.replace(/\r?\n$/, "");
    if (typeof path !== "string" || secret === undefined) return;
    if (!/^[!-~]{0,1024}$/.test(secret))
      refuse(setting, "the file holds more than one line of printable ASCII characters");
    secrets.set(path, secret);
  }

  function readTokens(path: string | undefined, at: Path): void {
    const text = readText(path, at);
    if (text !== undefined && tokensIn(text).length === 0)
      refuse(at, `the file holds no token: ${tokenAllowed}`);
  }

  /** What is to go together is tried only if all of it is there. */
  function readTls(paths: TlsPaths, at: Path): void {
    const parts = tlsParts.filter((part) => part in paths && paths[part] !== null);
    const read = parts.map((part) => [part, readText(paths[part], [...at, part])] as const);
    if (read.some(([, text]) => text === undefined)) return;
    const { client_ca, ...contents } = Object.fromEntries(read) as Record<string, string>;
    try {
      loadTls().createSecureContext(client_ca === undefined ? contents : { ...contents, ca: client_ca });
    } catch (error) {
      refuse(at, `these files are of no use together: ${reasonOf(error)}`);
    }
  }

  /** undefined where there is nothing to be read, which has been refused by then. */
  function readText(path: string | null | undefined, at: Path): string | undefined {
    if (typeof path !== "string") return undefined;
    try {
      const text = Buffer.from(read(absolute(path), mostBytes)).toString("utf8");
      if (text !== "") return text;
      refuse(at, `the file ${absolute(path)} is empty`);
    } catch (error) {
      refuse(at, `cannot read ${absolute(path)}: ${reasonOf(error)}`);
    }
    return undefined;
  }
}
