import t from "tap";
import { keyShapes, worstShare } from "../../bench/ring/placement-figures.ts";
import { distributionTable } from "../../src/ring/distribution-table.ts";
import { hashAlgorithms } from "../../src/ring/hash/hash-algorithms.ts";
import { distributions } from "../../src/ring/ring-options.ts";
import { unevenKeys } from "../../src/ring/uneven-keys.ts";

const servers = 4;

/** Ketama's own points are uneven by about a fifth, whatever the hash. */
const tolerable = 1.3;

t.test("a ring that is called even spreads keys that differ in a few characters evenly", async (t) => {
  for (const distribution of distributions) {
    const { fixedHash, defaultHash } = distributionTable[distribution];
    for (const hash of fixedHash ? [defaultHash] : hashAlgorithms.keys()) {
      // The keys decide nothing here.
      if (distribution === "random" || unevenKeys({ distribution, hash }) !== null) continue;
      for (const [name, shape] of Object.entries(keyShapes)) {
        const share = worstShare({ distribution, hash }, servers, shape);
        t.ok(share < tolerable, `${distribution}, ${hash}, ${name}: ${share}`);
      }
    }
  }
});

t.test("a ring that is called uneven is, for keys of some shape", async (t) => {
  for (const distribution of ["ketama", "modula"] as const) {
    for (const hash of ["fnv1_64", "fnv1a_64", "fnv1_32"]) {
      t.match(unevenKeys({ distribution, hash }), `${distribution} with ${hash} spreads similar keys`);
      const shares = Object.values(keyShapes).map((shape) =>
        worstShare({ distribution, hash }, servers, shape),
      );
      t.ok(Math.max(...shares) > tolerable, `${distribution}, ${hash}: ${shares.join(" ")}`);
    }
  }
});

t.test("the default ring is even to a tenth", async (t) => {
  for (const [name, shape] of Object.entries(keyShapes)) {
    const share = worstShare({ distribution: "maglev", hash: "xxh3" }, servers, shape);
    t.ok(share < 1.1, `${name}: ${share}`);
  }
});
