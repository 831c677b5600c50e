/**
 * What a byte may be, one table per question: 1 yes, 0 no. Sources: RFC 9110 5.5, 5.6.2 and RFC 3986.
 */
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const digits = "0123456789";

export const byte = {
  tab: 0x09,
  lf: 0x0a,
  cr: 0x0d,
  space: 0x20,
  percent: 0x25,
  asterisk: 0x2a,
  comma: 0x2c,
  slash: 0x2f,
  zero: 0x30,
  colon: 0x3a,
  semicolon: 0x3b,
  question: 0x3f,
  bracketOpen: 0x5b,
  bracketClose: 0x5d,
} as const;

function tableOf(holds: (value: number, char: string) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, value) => (holds(value, String.fromCharCode(value)) ? 1 : 0));
}

function of(chars: string): Uint8Array {
  return tableOf((_, char) => chars.includes(char));
}

/** tchar (RFC 9110 5.6.2): methods and field names. */
export const tokenByte = of(`!#$%&'*+-.^_\`|~${digits}${letters}`);

/** HTAB, SP, VCHAR, obs-text (RFC 9110 5.5): field values, reasons and, here, chunk extensions. */
export const valueByte = tableOf((value) => value === byte.tab || (value >= 0x20 && value !== 0x7f));

/**
 * A request target from its second part on. Besides what RFC 3986 allows, the visible characters that browsers send
 * unescaped and bytes above 0x7f pass, as with nginx; `#` does not, for a server that cuts the target there would
 * see another one than was routed (as with Envoy and HAProxy).
 */
export const targetByte = tableOf((value, char) => value > 0x20 && value !== 0x7f && char !== "#");

/** The same up to the query. */
export const pathByte = tableOf((value, char) => targetByte[value] === 1 && char !== "?");

/** reg-name (RFC 3986 3.2.2) but the comma, which is what some make of two Host fields; `%` needs digits after it. */
export const hostByte = of(`-._~!$&'()*+;=%${digits}${letters}`);

/** What stands between the brackets of an IPv6 address. */
export const ipv6Byte = of(`${digits}abcdefABCDEF:.`);

/** Each byte, letters in lower case. */
export const lowerCase = Uint8Array.from({ length: 256 }, (_, value) =>
  value >= 0x41 && value <= 0x5a ? value | 0x20 : value,
);

/** The value of a hexadecimal digit; 255 for any other byte. */
export const hexValue = Uint8Array.from({ length: 256 }, (_, value) => {
  const digit = "0123456789abcdef".indexOf(String.fromCharCode(lowerCase[value]!));
  return digit < 0 ? 255 : digit;
});
