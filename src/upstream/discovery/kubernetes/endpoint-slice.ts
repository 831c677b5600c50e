/**
 * EndpointSlices of `discovery.k8s.io/v1`, as far as they say where a Service's pods are. What a field means where it
 * is missing is that API's own (Kubernetes API reference, EndpointSlice v1).
 */
export interface EndpointSlice {
  readonly name: string;
  readonly addressType: string;
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly Endpoint[];
}

export interface EndpointPort {
  /** Empty where it has none. */
  readonly name: string;
  /** null: every port. */
  readonly port: number | null;
}

export interface Endpoint {
  readonly address: string;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  /** Name of the pod; null where it is none. */
  readonly pod: string | null;
}

/** Reads an EndpointSlice; throws, in words, what is none. Ports of other protocols than TCP are left out. */
export function readEndpointSlice(value: unknown): EndpointSlice {
  const slice = asRecord(value);
  const name = asRecord(slice["metadata"])["name"];
  if (typeof name !== "string") throw new Error("the API server sent an EndpointSlice without a name");
  return {
    name,
    addressType: String(slice["addressType"]),
    ports: asList(slice["ports"]).flatMap(readPort),
    endpoints: asList(slice["endpoints"]).flatMap(readEndpoint),
  };
}

function readPort(value: unknown): EndpointPort[] {
  const { name, port, protocol = "TCP" } = asRecord(value);
  if (protocol !== "TCP") return [];
  return [{ name: typeof name === "string" ? name : "", port: typeof port === "number" ? port : null }];
}

/** An endpoint has one address; more are allowed, but nobody but the first counts. */
function readEndpoint(value: unknown): Endpoint[] {
  const endpoint = asRecord(value);
  const [address] = asList(endpoint["addresses"]);
  if (typeof address !== "string") return [];
  const { ready, serving, terminating } = asRecord(endpoint["conditions"]);
  const { kind, name } = asRecord(endpoint["targetRef"]);
  return [
    {
      address,
      ready: ready !== false,
      serving: typeof serving === "boolean" ? serving : ready !== false,
      terminating: terminating === true,
      pod: kind === "Pod" && typeof name === "string" ? name : null,
    },
  ];
}

export function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return value !== null && typeof value === "object" ? (value as Record<string, unknown>) : {};
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
