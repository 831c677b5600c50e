import { join } from "node:path";
import { errorReason } from "../../../core/error-reason.ts";

/** No connection to the API server came about, so that nothing was asked. */
export class Unreachable extends Error {}

/** Codes by which OpenSSL says that a certificate is not signed by a CA that it was given (Node's list of X509 errors). */
const foreign = new Set([
  "CERT_SIGNATURE_FAILURE",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** Why the API server at `origin` was not reached, with the file or the address that is at fault. */
export function unreachable(error: unknown, origin: string, account: string): Unreachable {
  return new Unreachable(reason(error, origin, join(account, "ca.crt")), { cause: error });
}

function reason(error: unknown, origin: string, ca: string): string {
  const { code = "" } = error as NodeJS.ErrnoException;
  if (foreign.has(code))
    return `the CA in ${ca} did not sign the certificate of the API server at ${origin} (${code})`;
  return `the API server at ${origin} cannot be reached: ${errorReason(error)}`;
}
