import fc from "fast-check";

const key = fc.constantFrom("k", "n", "foo", "Zm9v", "x".repeat(250));
const badKey = fc.constantFrom("x".repeat(251), "é", "Zm9", "noreply");
const anyKey = fc.oneof({ weight: 12, arbitrary: key }, { weight: 1, arbitrary: badKey });
const value = fc.constantFrom(
  "",
  "0",
  "1",
  "9",
  "99",
  "18446744073709551615",
  "abc",
  "a\r\nb",
  " 7",
  "7 x",
  "-5",
  "\0",
);
// None so short that a second which ends meanwhile decides what is still there.
const exptime = fc.constantFrom("0", "100", "-1", "2592000", "2592001", "4102444800", "x", "-2147483649");
const goodExptime = fc.constantFrom("0", "0", "0", "100", "-1", "2592001");
const number = fc.constantFrom(
  "0",
  "1",
  "5",
  "100",
  "18446744073709551615",
  "18446744073709551616",
  "-1",
  "x",
  "+3",
);
const flags = fc.constantFrom("0", "5", "4294967295", "-1", "x");
const goodFlags = fc.constantFrom("0", "0", "123");
const noreply = fc.constantFrom("", "", "", "", " noreply");
const mode = fc.constantFrom("S", "E", "A", "P", "R", "I", "D", "+", "-", "Z", "", "SS");

const getFlag = fc.oneof(
  fc.constantFrom("v", "v", "k", "s", "t", "c", "f", "h", "q", "u", "b", "Oabc", "O", "l"),
  goodExptime.map((time) => `T${time}`),
  goodExptime.map((time) => `N${time}`),
  goodExptime.map((time) => `R${time}`),
  fc.constantFrom("z", "Tx", "I", "P", "L"),
);
const setFlag = fc.oneof(
  fc.constantFrom("k", "c", "q", "b", "I", "Oq", "C{cas}", "C1", "Cx"),
  goodExptime.map((time) => `T${time}`),
  flags.map((number) => `F${number}`),
  mode.map((letter) => `M${letter}`),
);
const deleteFlag = fc.oneof(
  fc.constantFrom("k", "q", "b", "I", "Oq", "C{cas}", "C1"),
  goodExptime.map((time) => `T${time}`),
);
const deltaFlag = fc.oneof(
  fc.constantFrom("v", "v", "k", "c", "t", "q", "b", "Oq", "C{cas}", "C1"),
  number.map((delta) => `D${delta}`),
  number.map((initial) => `J${initial}`),
  mode.map((letter) => `M${letter}`),
  goodExptime.map((time) => `N${time}`),
  goodExptime.map((time) => `T${time}`),
);

const storageName = fc.constantFrom("set", "set", "set", "add", "replace", "append", "prepend");

function line(...words: (string | readonly string[])[]): string {
  return `${words.flat().join(" ")}\r\n`;
}

const few = (arbitrary: fc.Arbitrary<string>): fc.Arbitrary<string[]> =>
  fc.array(arbitrary, { maxLength: 4 });
const keys = fc.array(anyKey, { minLength: 1, maxLength: 30 });

const commands: fc.Arbitrary<string>[] = [
  fc.tuple(fc.constantFrom("get", "gets"), keys).map(([name, keys]) => line(name, keys)),
  fc.tuple(fc.constantFrom("gat", "gats"), exptime, keys).map(([name, time, keys]) => line(name, time, keys)),
  fc
    .tuple(storageName, key, goodFlags, goodExptime, value, noreply)
    .map(
      ([name, key, flags, time, value, end]) =>
        `${name} ${key} ${flags} ${time} ${value.length}${end}\r\n${value}\r\n`,
    ),
  fc
    .tuple(storageName, anyKey, flags, exptime, value, noreply)
    .map(
      ([name, key, flags, time, value, end]) =>
        `${name} ${key} ${flags} ${time} ${value.length}${end}\r\n${value}\r\n`,
    ),
  fc
    .tuple(key, fc.constantFrom("{cas}", "{cas}", "1", "x"), value, noreply)
    .map(([key, cas, value, end]) => `cas ${key} 0 0 ${value.length} ${cas}${end}\r\n${value}\r\n`),
  fc
    .tuple(fc.constantFrom("incr", "decr"), anyKey, number, noreply)
    .map(([name, key, delta, end]) => `${name} ${key} ${delta}${end}\r\n`),
  fc.tuple(anyKey, exptime, noreply).map(([key, time, end]) => `touch ${key} ${time}${end}\r\n`),
  fc
    .tuple(anyKey, fc.constantFrom("", "", " 0", " 1", " x"), noreply)
    .map(([key, hold, end]) => `delete ${key}${hold}${end}\r\n`),
  fc.tuple(anyKey, few(getFlag)).map(([key, flags]) => line("mg", key, flags)),
  fc.tuple(anyKey, few(getFlag)).map(([key, flags]) => line("mg", key, flags)),
  fc
    .tuple(key, value, few(setFlag))
    .map(([key, value, flags]) => `${line("ms", key, String(value.length), flags)}${value}\r\n`),
  fc.tuple(anyKey, few(deleteFlag)).map(([key, flags]) => line("md", key, flags)),
  fc.tuple(anyKey, few(deltaFlag)).map(([key, flags]) => line("ma", key, flags)),
  fc.tuple(anyKey, fc.constantFrom("", "", " b")).map(([key, flag]) => `me ${key}${flag}\r\n`),
  fc.constantFrom(
    "version\r\n",
    "mn\r\n",
    "verbosity 1\r\n",
    "flush_all\r\n",
    "bogus\r\n",
    "\r\n",
    "get\r\n",
    "ms k\r\n",
  ),
];

/** One command of the classic or the meta protocol on few keys, mostly well formed; `{cas}` as in `converse`. */
export function memcacheStep(): fc.Arbitrary<string> {
  return fc.oneof(...commands);
}
