import { expectMiss, expectValue, type Scenario, set, storage } from "./scenario.ts";

/** Scenarios with values that do not fit in one read. */
export const LARGE_VALUES: readonly Scenario[] = [
  {
    // A reader that is halfway through a value gets the rest of it, whatever others do to the key meanwhile.
    name: "multiversioning",
    async run(_t, connect) {
      const size = 256 * 1024;
      const first = `[${"0123456789abcdef".repeat(size / 16).slice(1, -1)}]`;
      const second = first.toUpperCase();
      const reader = await connect();
      const writer = await connect();
      await set(reader, "big", first);
      await expectValue(reader, "big", first);

      await reader.send("get big\r\n");
      await reader.expect(`VALUE big 0 ${size}\r\n`);
      await reader.expect(first.slice(0, size / 2));
      reader.pause();
      await writer.exchange("delete big\r\n", "DELETED\r\n");
      await expectMiss(writer, "big");
      await set(writer, "big", second);
      await expectValue(writer, "big", second);
      reader.resume();
      await reader.expect(first.slice(size / 2));
      await reader.expect("\r\nEND\r\n");
      await expectValue(reader, "big", second);
    },
  },
  {
    // Values that memcached keeps in several chunks come back whole, also when they grow at either end. The original
    // grows its value by 8000 pieces; fewer and larger ones cross as many chunks.
    name: "chunked-items",
    async run(_t, connect) {
      const client = await connect();
      const numbers = Array.from({ length: 8000 }, (_, i) => i + 1);
      const pattern = numbers.join(":");
      await set(client, "pattern", pattern);
      await expectValue(client, "pattern", pattern);

      for (let length = 200 * 1024; length < 1024 * 1024 - 1024; length += 49 * 1024) {
        const value = pattern.repeat(30).slice(0, length);
        await set(client, `length_${length}`, value);
        await expectValue(client, `length_${length}`, value);
      }

      for (const verb of ["append", "prepend"] as const) {
        await set(client, verb, "seed");
        let value = "seed";
        const grow = async (piece: string): Promise<void> => {
          await client.exchange(storage(`${verb} ${verb} 0 0`, piece), "STORED\r\n");
          value = verb === "append" ? value + piece : piece + value;
          await expectValue(client, verb, value);
        };
        for (let i = 0; i < 150; i++) await grow(numbers.slice(i * 50, i * 50 + 50 + (i % 17)).join("x"));
        await grow(value);
        await client.exchange(`delete ${verb}\r\n`, "DELETED\r\n");
      }
    },
  },
];
