/** Where the servers of a pool are found, instead of a list. Their names follow from what is found. */
export type DiscoverOptions =
  /** Every address that the name resolves to is a server. */
  | { readonly kind: "dns"; readonly host: string; readonly port: number; readonly interval: number }
  /** SRV records: of the lowest priority number those with weight; ports are theirs. */
  | { readonly kind: "srv"; readonly name: string; readonly interval: number }
  /** A file of servers, YAML or JSON, in the form of the `servers` setting; read again when it changes. */
  | { readonly kind: "file"; readonly path: string }
  /** The EndpointSlices of a Kubernetes Service, watched with the pod's token. */
  | {
      readonly kind: "kubernetes";
      readonly service: string;
      /** null: the pod's own. */
      readonly namespace: string | null;
      /** Name or number of the port; null: the only one. */
      readonly port: string | number | null;
    };
