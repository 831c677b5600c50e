/** The 192 bytes of XXH3's default secret (xxHash 0.8). */
const defaultSecret = Buffer.from(
  "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221" +
    "b8084674f743248ee03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8" +
    "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb" +
    "170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e",
  "hex",
);

/** What XXH3 takes from its secret for one seed, worked out once so that hashing a key needs no more sums. */
export interface Xxh3Secret {
  /**
   * Element 2i is the low half, 2i + 1 the high half, of the 64 bits at byte i of the default secret: with the
   * seed added, with it taken away, and as they are in the secret derived from the seed for keys over 240 bytes.
   */
  readonly plus: Int32Array;
  readonly minus: Int32Array;
  readonly derived: Int32Array;
  /** Low and high half of what is XORed into keys by their length: 0, 1-3, 4-8, 9-16 (first and last 8 bytes). */
  readonly flip0: Int32Array;
  readonly flip1: Int32Array;
  readonly flip4: Int32Array;
  readonly flip9: Int32Array;
  readonly flip9Last: Int32Array;
}

export function createXxh3Secret(seed: bigint): Xxh3Secret {
  const at = (offset: number) => defaultSecret.readBigUInt64LE(offset);
  const swappedLow = BigInt(Buffer.from(halves(seed).buffer, 0, 4).readUInt32BE(0));
  const word0 = BigInt(defaultSecret.readUInt32LE(0) ^ defaultSecret.readUInt32LE(4));
  return {
    plus: window(defaultSecret, seed),
    minus: window(defaultSecret, -seed),
    derived: window(deriveSecret(seed), 0n),
    flip0: halves(seed ^ at(56) ^ at(64)),
    flip1: halves(BigInt.asUintN(32, word0) + seed),
    flip4: halves((at(8) ^ at(16)) - (seed ^ (swappedLow << 32n))),
    flip9: halves((at(24) ^ at(32)) + seed),
    flip9Last: halves((at(40) ^ at(48)) - seed),
  };
}

function deriveSecret(seed: bigint): Buffer {
  const derived = Buffer.alloc(defaultSecret.length);
  for (let i = 0; i < derived.length; i += 16) {
    derived.writeBigUInt64LE(BigInt.asUintN(64, defaultSecret.readBigUInt64LE(i) + seed), i);
    derived.writeBigUInt64LE(BigInt.asUintN(64, defaultSecret.readBigUInt64LE(i + 8) - seed), i + 8);
  }
  return derived;
}

/** The 64 bits at every byte offset of a secret, plus `addend`. */
function window(secret: Buffer, addend: bigint): Int32Array {
  const words = new Int32Array(2 * (secret.length - 7));
  for (let i = 0; i + 8 <= secret.length; i++) words.set(halves(secret.readBigUInt64LE(i) + addend), 2 * i);
  return words;
}

function halves(value: bigint): Int32Array {
  return Int32Array.of(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
}
