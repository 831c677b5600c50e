import type { PoolForm } from "./pool-schema.ts";
import { type Protocol, protocolDefaults } from "./protocol.ts";
import { toMilliseconds } from "./units.ts";

/** A pool without the settings that its protocol would give it anyway: null, as if they had been left out. */
export function withoutProtocolDefaults(pool: PoolForm, protocol: Protocol): PoolForm {
  const usual = {
    timeout: protocolDefaults.timeout[protocol],
    connections: protocolDefaults.connections[protocol],
    on_eject: protocolDefaults.on_eject[protocol],
  };
  const { timeout, connections, eject } = pool;
  const isUsualTimeout = timeout !== null && toMilliseconds(timeout) === toMilliseconds(usual.timeout);
  return {
    ...pool,
    timeout: isUsualTimeout ? null : timeout,
    connections: connections === usual.connections ? null : connections,
    eject: eject && { ...eject, on_eject: eject.on_eject === usual.on_eject ? null : eject.on_eject },
  };
}
