import type { WireReader } from "../wire-reader.ts";
import { type Asked, type Batch, type Exchange, OutOfStep } from "./exchange.ts";

const getFlags = "k s f v";

/** mg of one key with an opaque, which the answer must repeat. */
export function metaGet(batch: Batch, asked: Asked, opaque: number): Exchange {
  const missed = `EN k${asked.key} O${opaque}`;
  return {
    command: "mg",
    request: [`mg ${asked.key} ${getFlags} O${opaque}\r\n`],
    async take(reader) {
      const line = await reader.line();
      if (batch.failed(line)) return;
      if (line === missed) batch.missed(asked.own, false);
      else await takeValue(batch, reader, line, [asked], opaque);
    },
    abandon: () => undefined,
  };
}

/** mg with q for each key, then mn: keys that are not found say nothing. */
export function quietMetaGets(batch: Batch, keys: readonly Asked[], opaque: number): Exchange {
  const lines = keys.map(({ key }, at) => `mg ${key} ${getFlags} q O${opaque + at}\r\n`);
  return {
    command: "mg of many",
    request: [...lines, "mn\r\n"],
    async take(reader) {
      let at = 0;
      for (let line = await reader.line(); line !== "MN"; line = await reader.line()) {
        // An error does not say which key it is about.
        if (batch.failed(line)) continue;
        at = await takeValue(batch, reader, line, keys, opaque, at);
      }
    },
    abandon: () => undefined,
  };
}

/** Reads a `VA` answer to one of `keys` from `at` on; resolves to the place after it. */
async function takeValue(
  batch: Batch,
  reader: WireReader,
  line: string,
  keys: readonly Asked[],
  opaque: number,
  at = 0,
): Promise<number> {
  const [, length, flags] = /^VA (\d+)((?: [a-zA-Z]\S*)*)$/.exec(line) ?? [];
  if (length === undefined) throw new OutOfStep(`"${line}" to mg`);
  const byName = new Map(
    flags!
      .trimStart()
      .split(" ")
      .map((flag) => [flag[0], flag.slice(1)] as const),
  );
  const place = Number(byName.get("O")) - opaque;
  const asked = keys[place];
  if (asked === undefined || place < at || byName.get("k") !== asked.key || byName.get("s") !== length) {
    throw new OutOfStep(`"${line}" to mg ${keys.map(({ key }) => key).join(" ")} from O${opaque} on`);
  }
  batch.found(asked.key, asked.own, Number(byName.get("f")), await reader.block(Number(length)));
  return place + 1;
}
