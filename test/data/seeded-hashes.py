"""Prints one line per key length and seed: length, seed, XXH3_64, XXH64, MurmurHash3_x86_32 (seed's low 32 bits).

The key of length n is the bytes (i * 31 + n * 7 + (i >> 3)) mod 256 for i in 0 .. n - 1. All hashes in hexadecimal.
"""

import mmh3
import xxhash

LENGTHS = [*range(0, 320), 511, 512, 513, 1023, 1024, 1025, 1088, 1089, 2047, 2048, 2049, 5000]
SEEDS = [0, 1, 0x9E3779B185EBCA87, 2**64 - 1]

for length in LENGTHS:
    key = bytes((i * 31 + length * 7 + (i >> 3)) % 256 for i in range(length))
    for seed in SEEDS:
        xxh3 = xxhash.xxh3_64_intdigest(key, seed)
        xxh64 = xxhash.xxh64_intdigest(key, seed)
        murmur3 = mmh3.hash(key, seed & 0xFFFFFFFF, signed=False)
        print(length, seed, f"{xxh3:016x}", f"{xxh64:016x}", f"{murmur3:08x}", sep="\t")
