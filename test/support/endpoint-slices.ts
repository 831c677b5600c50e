/** EndpointSlices as the API server gives them: JSON, with what a Service of two ports has. */
export interface SliceForm {
  readonly name?: string;
  readonly version?: string;
  readonly addressType?: string;
  readonly ports?: readonly unknown[] | null;
  readonly endpoints?: readonly unknown[] | null;
}

export const httpPort = { name: "http", port: 8080, protocol: "TCP" };
export const metricsPort = { name: "metrics", port: 9100, protocol: "TCP" };

export function slice({ name = "api-x1", version = "1", ...more }: SliceForm = {}) {
  return {
    metadata: { name, namespace: "shop", resourceVersion: version },
    addressType: "IPv4",
    ports: [httpPort],
    endpoints: [],
    ...more,
  };
}

/** An endpoint that is a pod, ready unless its conditions say other. */
export function pod(name: string, address: string, conditions: Record<string, unknown> = { ready: true }) {
  return { addresses: [address], conditions, targetRef: { kind: "Pod", name, namespace: "shop" } };
}
