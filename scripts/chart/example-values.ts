import { flag, resources, text, texts, type Values, whole } from "./value.ts";

const memcached = "{{ .Release.Name }}-memcached";
const servers = [0, 1, 2].map((index) => ({
  name: `memcached-${index}`,
  address: `${memcached}-${index}.${memcached}:11211`,
}));

/** What the example sets of the library's values. */
const podmate = {
  config: {
    memcache: [{ name: "cache", listen: "127.0.0.1:11211", pool: "cache" }],
    pools: { cache: { servers } },
  },
};

/** The values of charts/podmate-example. */
export const exampleValues: Values = {
  app: {
    description:
      "The app: a small server (files/app.mjs) that counts visits in the one memcached that it sees, which is podmate.",
    values: {
      image: text("node:22.12.0-alpine3.21", "Its image."),
      replicas: whole(
        2,
        0,
        1000,
        "Number of pods. Of no effect where podmate.config.replicate is set: then it is for podmate to change, and it starts with one.",
      ),
      maxUnavailable: {
        description:
          "Pods that may be away at a time while nodes are drained (PodDisruptionBudget); null: there is no such budget.",
        default: 1,
        schema: { type: ["integer", "null"], minimum: 0, maximum: 1000 },
      },
      env: texts(
        { CACHE: "127.0.0.1:11211" },
        "Its environment. CACHE: podmate's memcache listener; BACKEND: URL of its HTTP listener.",
      ),
      resources: resources(
        { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "128Mi" } },
        "Its resources.",
      ),
    },
  },
  job: {
    description: "Run the app as a Job that makes visits and ends, in place of a Deployment.",
    values: {
      enabled: flag(false, "Whether it is a Job."),
      visits: whole(10_000, 1, 1_000_000_000, "Number of visits."),
    },
  },
  memcached: {
    description: "The servers.",
    values: {
      enabled: flag(true, "Create them."),
      image: text("memcached:1.6.34-alpine3.21", "Their image."),
      replicas: whole(
        3,
        0,
        1000,
        "How many; podmate.config.pools.cache.servers lists as many, unless they are discovered.",
      ),
      megabytes: whole(64, 1, 1_000_000, "Memory of each for what it keeps."),
      publishNotReady: flag(
        true,
        "Give addresses also of those that are not ready: their names stay known, and podmate judges for itself.",
      ),
      resources: resources(
        { requests: { cpu: "50m", memory: "96Mi" }, limits: { memory: "128Mi" } },
        "Their resources.",
      ),
    },
  },
  podmate: {
    description: "Values of the chart podmate (docs/chart.md); of its config, the example's part.",
    default: podmate,
    schema: { type: "object" },
  },
};
