import { type Answer, count, decimal, flag, list, nullable, object, text } from "./answer-terms.ts";

const share = (description: string) => decimal(description, { minimum: 0, maximum: 1.000_001 });

const owner = object({
  server: text("Name of the server."),
  address: text("Where it listens."),
  ring_name: text("What its place on the ring comes from."),
  weight: count("Share of the keys in proportion to the other servers'."),
});

export const keyPlace = object(
  {
    pool: text("Name of the pool."),
    key: text("The key."),
    distribution: text("How keys are spread over the servers."),
    hash: text("How keys are hashed."),
    hashed_part: text("What of the key is hashed: all of it, or what stands within the tag."),
    hash_hex: nullable(text("Its hash; null where the pool has no choice to make.")),
    point_hex: nullable(text("Point of the circle that decides; null for distributions without one.")),
    position: nullable(
      share(
        "How far round the ring, as it is drawn, the key lies, from 0; null where it has no place there.",
      ),
    ),
    owner: nullable(owner),
    served_by: nullable(owner),
  },
  "A key's place: its owner, and who serves it while that is out of service.",
);

export const ringLayout = object(
  {
    pool: text("Name of the pool."),
    distribution: text("How keys are spread over the servers."),
    hash: text("How keys are hashed."),
    exact: flag("Whether the shares are those of the circle; else they were counted on a sample of keys."),
    placed: flag("Whether an arc stands where its keys are; else arcs show shares and nothing more."),
    merged: flag(
      "Whether arcs of a server that lie close to each other are told as one, to bound their number.",
    ),
    servers: list(
      object({
        server: text("Name of the server."),
        share: share("Part of the keys that go to it now, 0 to 1."),
        share_in_service: share("Part that is its own: that it has while all servers are in service."),
      }),
      "In the order of the configuration.",
    ),
    arcs: list(
      object({
        server: count("Whose it is: index in `servers`."),
        end: share("Where it ends, as part of the way round; it begins where the one before it ends."),
      }),
      "Once round, as keys go now.",
    ),
  },
  "The ring of a pool, as it is drawn.",
);

/** Who owns a key, and why, as `/ring/P?key=K` shows it. */
export type KeyPlaceView = Answer<typeof keyPlace>;
/** A ring, as `/ring/P` shows it. */
export type RingLayoutView = Answer<typeof ringLayout>;
