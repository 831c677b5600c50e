import { createServer } from "node:net";
import type { Address } from "../../core/address.ts";
import { explainListen } from "../../core/explain-listen.ts";

/**
 * Makes sure that nobody else listens on a TCP address, and chooses the port where it is 0. Workers share their
 * port by SO_REUSEPORT, and so would a second daemon of the same user by mistake: half the clients would talk to
 * the one and half to the other, with no error anywhere. Listening once without that option brings it to light.
 * Resolves with the address to listen on; rejects with words for the operator.
 */
export async function claimPort(address: Address): Promise<Address> {
  if ("path" in address) return address;
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host: address.host, port: address.port, backlog: 1 }, resolve);
    });
    const bound = server.address();
    const port = bound !== null && typeof bound === "object" ? bound.port : address.port;
    return { host: address.host, port };
  } catch (error) {
    throw new Error(explainListen(address, error as NodeJS.ErrnoException), { cause: error });
  } finally {
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  }
}
