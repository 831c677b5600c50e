import fc from "fast-check";
import { escapeExpansion } from "../../src/config/environment.ts";
import { distributionTable } from "../../src/ring/distribution-table.ts";
import { hashAlgorithms } from "../../src/ring/hash/hash-algorithms.ts";
import { distributions } from "../../src/ring/ring-options.ts";

export type Form = Record<string, unknown>;

export const duration = fc.oneof(
  fc.integer({ min: 1000, max: 3_000_000 }).map((ms) => `${ms}ms`),
  fc.integer({ min: 1, max: 3000 }).map((s) => `${s}s`),
  fc.integer({ min: 1, max: 59 }).map((m) => `${m}m`),
);
export const size = fc.oneof(
  fc.integer({ min: 2 ** 20, max: 2 ** 24 }),
  fc.integer({ min: 1, max: 900 }).map((n) => `${n}MiB`),
  fc.integer({ min: 2000, max: 9000 }).map((n) => `${n} kB`),
);
const secret = fc.stringMatching(/^[!-~]{1,20}$/).map(escapeExpansion);
export const account = fc.record({ username: fc.stringMatching(/^[a-z]{1,8}$/), password: secret });

/** A section of which every setting may be missing. */
export function some(settings: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Form> {
  return fc.record(settings, { requiredKeys: [] });
}

/** A section that can be switched on and off. */
export function toggle(settings: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<unknown> {
  return fc.oneof(fc.boolean(), some(settings));
}

/** Members of a pool, each once. */
export const servers = (weighted: boolean) =>
  fc
    .uniqueArray(
      fc.oneof(
        fc.ipV4(),
        fc.domain(),
        fc.ipV6().map((host) => `[${host}]`),
      ),
      { minLength: 1, maxLength: 5 },
    )
    .chain((hosts) =>
      fc.tuple(
        ...hosts.map((host, index) =>
          fc.oneof(
            fc.constant(`${host}:${20000 + index}`),
            fc.record(
              {
                address: fc.constantFrom(`${host}:${20000 + index}`, `unix:/run/${index}.sock`),
                name: fc.constantFrom(`server-${index}`, `$\${n} ${index}`),
                drain: fc.boolean(),
                ...(weighted && { weight: fc.integer({ min: 1, max: 9 }) }),
              },
              { requiredKeys: ["address"] },
            ),
          ),
        ),
      ),
    );

export const ring = fc.constantFrom(...distributions).chain((distribution) => {
  const { fixedHash, defaultHash } = distributionTable[distribution];
  const hashes = fixedHash ? [defaultHash] : [...hashAlgorithms.keys()];
  return fc.record(
    {
      distribution: fc.constant(distribution),
      hash: fc.constantFrom(...hashes),
      tag: fc.stringMatching(/^[!-~]{2}$/).map((tag) => (tag === "${" ? "{}" : tag)),
    },
    { requiredKeys: ["distribution"] },
  );
});
