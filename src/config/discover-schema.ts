import type { Static } from "typebox";
import { duration, filePath, filePathAllowed, optionalText, section, typed } from "./schema-terms.ts";

const second = 1000;
const hour = 3_600_000;

// Underscores stand in names of services (RFC 2782) and in those that some clusters give.
const dnsName = /^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*\.?$/;
/** Names of services and namespaces in Kubernetes (RFC 1123). */
const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

export const defaultInterval = "5s";

/** Where the servers of a pool are found. Which settings belong together is checked in `discover-checks.ts`. */
export const discover = section({
  dns: optionalText(dnsName, "a host name", {
    description: "Host name of which every address is a server, as of a headless Service.",
  }),
  srv: optionalText(dnsName, "a name with SRV records", {
    description:
      "Name of SRV records, as in `_http._tcp.api.default.svc.cluster.local`: of the lowest priority number, those with a weight are the servers.",
  }),
  file: optionalText(filePath, filePathAllowed, {
    description:
      "File of servers in YAML or JSON: a list in the form of `servers`. It is read again when it changes.",
  }),
  kubernetes: optionalText(label, "the name of a Service", {
    description:
      "Service whose EndpointSlices are watched with the pod's token, which needs leave to list and watch `endpointslices`.",
  }),
  namespace: optionalText(label, "the name of a namespace", {
    description: "Namespace of the Service; the pod's own if absent.",
  }),
  port: typed<string | number | null>({
    type: ["integer", "string"],
    minimum: 1,
    maximum: 65535,
    pattern: "^[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$",
    allowed: "a port from 1 to 65535 or the name of one",
    description:
      "With `dns`: port of every server, 80 if absent (443 with `tls`, 11211 for memcache). With `kubernetes`: number or name of the port, needed where the Service has several.",
    default: null,
  }),
  interval: duration(
    { min: second, max: hour },
    {
      description:
        "With `dns` and `srv`: time between two lookups, less where the answer says so. Too low: load for the name server. Too high: new servers are found late.",
      default: defaultInterval,
    },
  ),
});

export type DiscoverForm = Static<typeof discover>;
