/** One kind of load. 10 % of the requests are sets in all of them. */
export interface MemcacheScenario {
  readonly id: string;
  readonly title: string;
  readonly clients: number;
  readonly depth: number;
  readonly keysPerGet: number;
  /** Bytes. */
  readonly valueSize: number;
  readonly keys: number;
}

const small = { clients: 50, depth: 1, keysPerGet: 1, valueSize: 100, keys: 10_000 };

export const setRatio = 0.1;

export const scenarios: readonly MemcacheScenario[] = [
  { ...small, id: "ping-pong", title: "50 clients, one request at a time" },
  { ...small, id: "pipelined", title: "20 clients, 16 requests pipelined", clients: 20, depth: 16 },
  { ...small, id: "multiget", title: "20 clients, gets of 24 keys", clients: 20, keysPerGet: 24 },
  { ...small, id: "many-clients", title: "1,000 clients, one request at a time", clients: 1000 },
  {
    ...small,
    id: "value-10k",
    title: "20 clients, values of 10 KB",
    clients: 20,
    valueSize: 10_000,
    keys: 4000,
  },
  {
    ...small,
    id: "value-100k",
    title: "20 clients, values of 100 KB",
    clients: 20,
    valueSize: 100_000,
    keys: 400,
  },
  { ...small, id: "one-client", title: "1 client, one request at a time", clients: 1 },
];
