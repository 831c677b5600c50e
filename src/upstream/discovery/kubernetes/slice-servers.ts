import { formatAddress } from "../../../core/address.ts";
import type { ServerOptions } from "../../pool-options.ts";
import type { Endpoint, EndpointPort, EndpointSlice } from "./endpoint-slice.ts";

/** Name or number of a port as the pods have it; null: the only one. */
export type PortChoice = string | number | null;

/** An endpoint that requests can be sent to. */
interface Candidate {
  readonly server: ServerOptions;
  /** Lower is better: ready, then terminating but serving. */
  readonly rank: number;
}

const ready = 0;
const leaving = 1;

/**
 * The servers that a Service's EndpointSlices come to, in the order of their ids. Ready endpoints are servers; those that
 * serve while they terminate drain, but are used like ready ones where there are no others, as kube-proxy does.
 * A pod is one server: where a Service has addresses of both families, only IPv4 counts. It goes by its pod's name, which is its place on the ring, too: a pod of a StatefulSet keeps its keys when it moves.
 * Throws, in words, where the port cannot be told.
 */
export function serversOf(slices: Iterable<EndpointSlice>, choice: PortChoice): ServerOptions[] {
  const best = new Map<string, Candidate>();
  let refusal: string | null = null;
  for (const slice of ofOneFamily(slices).sort(byName)) {
    const usable = slice.endpoints.filter((endpoint) => rankOf(endpoint) !== null);
    if (usable.length === 0) continue;
    const port = choosePort(slice.ports, choice);
    if (typeof port === "string") {
      refusal ??= port;
      continue;
    }
    for (const endpoint of usable) offer(best, candidateOf(endpoint, port));
  }
  // Pods of one Service may differ in what their ports are called, but not all of them may lack it.
  if (best.size === 0 && refusal !== null) throw new Error(refusal);
  const candidates = [...best.values()];
  const anyReady = candidates.some(({ rank }) => rank === ready);
  return candidates
    .map(({ server, rank }) => (rank === leaving && anyReady ? { ...server, drain: true } : server))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

function ofOneFamily(slices: Iterable<EndpointSlice>): EndpointSlice[] {
  const all = [...slices].filter(({ endpoints }) => endpoints.length > 0);
  const ipv4 = all.filter(({ addressType }) => addressType === "IPv4");
  return ipv4.length > 0 ? ipv4 : all;
}

/** null: it takes no requests. */
function rankOf(endpoint: Endpoint): number | null {
  if (endpoint.terminating) return endpoint.serving ? leaving : null;
  return endpoint.ready ? ready : null;
}

function candidateOf(endpoint: Endpoint, port: number): Candidate {
  const address = { host: endpoint.address, port };
  const named =
    endpoint.pod === null ? { id: formatAddress(address) } : { id: endpoint.pod, name: endpoint.pod };
  return {
    server: { ...named, address, weight: 1 },
    rank: rankOf(endpoint) ?? leaving,
  };
}

/** While an endpoint moves from one slice to another it may stand in both, and not in the same state. */
function offer(best: Map<string, Candidate>, candidate: Candidate): void {
  const { id } = candidate.server;
  const known = best.get(id);
  if (known === undefined || candidate.rank < known.rank) best.set(id, candidate);
}

/** The number of the port, or why there is none. */
function choosePort(ports: readonly EndpointPort[], choice: PortChoice): number | string {
  if (typeof choice === "number") {
    const open = ports.length === 0 || ports.some(({ port }) => port === choice || port === null);
    return open ? choice : `no port ${choice}; there are ${listed(ports)}`;
  }
  const [first, ...others] = choice === null ? ports : ports.filter(({ name }) => name === choice);
  if (first === undefined && choice === null) return "the Service names no port; give its number";
  if (first === undefined) return `no port is called "${choice}"; there are ${listed(ports)}`;
  if (others.length > 0) return `there are several ports, say which: ${listed(ports)}`;
  return first.port ?? "the Service names no number for its port; give it";
}

function listed(ports: readonly EndpointPort[]): string {
  return ports.map(({ name, port }) => (name === "" ? `${port}` : `${name} (${port})`)).join(", ") || "none";
}

function byName(a: EndpointSlice, b: EndpointSlice): number {
  return a.name < b.name ? -1 : 1;
}
