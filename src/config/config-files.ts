import { closeSync, openSync, readSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import type { Refuse } from "./checks.ts";
import type { Path } from "./config-error.ts";
import type { Files } from "./normalize.ts";
import type { ConfigForm } from "./schema.ts";

/** Reads at most so many bytes of a file; throws as `node:fs` does, and a RangeError if the file is larger. */
export type ReadFile = (path: string, mostBytes: number) => Uint8Array;

/** Certificates and passwords are smaller than this, in bytes; a device that never ends is not. */
const mostBytes = 2 ** 20;

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

/** The files that a configuration names; relative paths start at the folder of the configuration file. */
export function configFiles(file: string, read: ReadFile, refuse: Refuse): Files {
  const folder = dirname(resolve(file));
  return {
    resolve: (path) => resolve(folder, path),
    secret(path, at) {
      const secret = readText(resolve(folder, path), read, at, refuse).replace(/\r?\n$/, "");
      if (!/^[!-~]{0,1024}$/.test(secret))
        refuse(at, "the file holds more than one line of printable ASCII characters");
      return secret;
    },
  };
}

/** Reads every certificate and key that is named, so that a bad one stops the start and not the first client. */
export function checkTlsFiles(form: ConfigForm, files: Files, read: ReadFile, refuse: Refuse): void {
  for (const [index, { tls }] of form.memcache.entries()) {
    if (tls)
      checkTls({ cert: tls.cert, key: tls.key, ca: tls.client_ca }, ["memcache", index, "tls"], "client_ca");
  }
  for (const [name, { tls }] of Object.entries(form.pools)) {
    if (tls) checkTls({ cert: tls.cert, key: tls.key, ca: tls.ca }, ["pools", name, "tls"], "ca");
  }

  function checkTls(paths: Record<"cert" | "key" | "ca", string | null>, at: Path, caSetting: string): void {
    let complete = true;
    const refuseFile: Refuse = (path, message) => {
      complete = false;
      refuse(path, message);
    };
    const contents: SecureContextOptions = {};
    for (const part of ["cert", "key", "ca"] as const) {
      const path = paths[part];
      if (path === null) continue;
      contents[part] = readText(
        files.resolve(path),
        read,
        [...at, part === "ca" ? caSetting : part],
        refuseFile,
      );
    }
    if (!complete) return;
    try {
      createSecureContext(contents);
    } catch (error) {
      refuse(at, `these files are of no use together: ${reasonOf(error)}`);
    }
  }
}

function readText(path: string, read: ReadFile, at: Path, refuse: Refuse): string {
  try {
    const text = Buffer.from(read(path, mostBytes)).toString("utf8");
    if (text === "") refuse(at, `the file ${path} is empty`);
    return text;
  } catch (error) {
    refuse(at, `cannot read ${path}: ${reasonOf(error)}`);
    return "";
  }
}

/** What went wrong with a file, in a few words. */
export function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  return Object.hasOwn(reasons, code) ? (reasons[code] as string) : (error as Error).message;
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "permission denied",
  EISDIR: "it is a folder",
  ENOTDIR: "part of the path is not a folder",
  ELOOP: "too many symbolic links",
  ERR_OSSL_X509_KEY_VALUES_MISMATCH: "the key does not belong to the certificate",
};
