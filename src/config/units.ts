/** A quantity that was read, or why it could not be. */
export type Reading<T> = { readonly value: T } | { readonly reason: string };

const millisecondsPer: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

const bytesPer: Record<string, number> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/** Reads `250ms`, `30s`, `1.5m`, `1h` or a bare 0 as whole milliseconds. */
export function parseDuration(text: string | number): Reading<number> {
  if (String(text) === "0") return { value: 0 };
  const parts = /^(\d{1,15}(?:\.\d{1,6})?) ?([a-zA-Z]*)$/.exec(String(text));
  if (!parts) return { reason: "it is not a number with a unit" };
  const [, amount, unit] = parts;
  if (unit === "") return { reason: `it has no unit (${text}ms? ${text}s?)` };
  return scale(
    amount as string,
    millisecondsPer,
    unit as string,
    "ms, s, m or h",
    "a whole number of milliseconds",
  );
}

/** Reads `1MiB`, `64KiB`, `10MB` or a plain number of bytes. */
export function parseSize(text: string | number): Reading<number> {
  const parts = /^(\d{1,15}(?:\.\d{1,6})?) ?([a-zA-Z]*)$/.exec(String(text));
  if (!parts) return { reason: "it is not a number of bytes, with or without a unit" };
  const [, amount, unit] = parts;
  return scale(
    amount as string,
    bytesPer,
    unit || "B",
    "B, kB, MB, GB, KiB, MiB or GiB",
    "a whole number of bytes",
  );
}

function scale(
  amount: string,
  factors: Record<string, number>,
  unit: string,
  units: string,
  whole: string,
): Reading<number> {
  const factor = Object.hasOwn(factors, unit) ? factors[unit] : undefined;
  if (factor === undefined) return { reason: `"${unit}" is not one of the units ${units}` };
  // Decimal fractions such as 0.1 have no exact binary form: 1.1 * 1000 is a hair off a whole number.
  const value = Number((Number(amount) * factor).toPrecision(15));
  return Number.isSafeInteger(value) ? { value } : { reason: `it is not ${whole}` };
}

/** Milliseconds of a duration that has been validated. */
export function toMilliseconds(text: string | number): number {
  return valueOfReading(parseDuration(text));
}

/** Bytes of a size that has been validated. */
export function toBytes(text: string | number): number {
  return valueOfReading(parseSize(text));
}

/** The value of something that has been validated; throws a TypeError if it has not. */
export function valueOfReading<T>(reading: Reading<T>): T {
  if ("value" in reading) return reading.value;
  throw new TypeError(`a setting was not validated: ${reading.reason}`);
}

/** Writes milliseconds with the largest unit that keeps them whole: 90000 → `90s`, 60000 → `1m`. */
export function formatDuration(milliseconds: number): string | 0 {
  if (milliseconds === 0) return 0;
  return `${inUnits(milliseconds, millisecondsPer, ["h", "m", "s", "ms"])}`;
}

/** Writes bytes with the largest binary unit that keeps them whole: 1048576 → `1MiB`, 1000 → 1000. */
export function formatSize(bytes: number): string | number {
  return bytes >= 1024 && bytes % 1024 === 0 ? inUnits(bytes, bytesPer, ["GiB", "MiB", "KiB"]) : bytes;
}

function inUnits(value: number, factors: Record<string, number>, units: readonly string[]): string {
  const unit = units.find((name) => value % (factors[name] as number) === 0) as string;
  return `${value / (factors[unit] as number)}${unit}`;
}
