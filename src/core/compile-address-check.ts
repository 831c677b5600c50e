import { isIPv6 } from "node:net";

/**
 * Has V8 compile the regular expression by which Node looks at every address that a server is to listen on: 7 ms, once
 * per thread. Done while a thread waits for the configuration, they are not added to the start.
 */
export function compileAddressCheck(): void {
  isIPv6("");
}
