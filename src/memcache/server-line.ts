import { command } from "../observe/metric-labels.ts";
import { form } from "./command-table.ts";
import { hasNumber, isBare } from "./meta-flags.ts";
import type { RequestParser } from "./request-parser.ts";

/**
 * The grammar of the lines that servers get; nothing else is ever sent to one. It is the part of memcached's text and
 * meta protocols (memcached 1.6 doc/protocol.txt) that every memcached since 1.4 reads in the same way, so that each
 * line has exactly one reply and each value is taken for a value. The meta commands need 1.6.10 or later. Seen with
 * 1.6.18, 1.6.38 and 1.6.45, which differ in most of what is left out here.
 *
 *     line      = words CR LF                     ; at most 1,024 bytes, 2,048 for get and gets
 *     words     = word *( SP word )               ; exactly one blank between two, none before or behind
 *
 *     get       = ( "get" / "gets" ) 1*( SP key )
 *     gat       = ( "gat" / "gats" ) SP exptime 1*( SP key )
 *     store     = ( "set" / "add" / "replace" / "append" / "prepend" ) SP key SP uint32 SP exptime SP length value
 *     cas       = "cas" SP key SP uint32 SP exptime SP length SP uint64 value
 *     delta     = ( "incr" / "decr" ) SP key SP uint64
 *     touch     = "touch" SP key SP exptime
 *     delete    = "delete" SP key [ SP "0" ]      ; the 0 exactly where the key is `noreply`
 *     meta      = ( "mg" / "md" / "ma" ) SP metakey *17( SP flag )
 *     metaset   = "ms" SP metakey SP length *16( SP flag ) value
 *     metadebug = "me" SP key
 *     noop      = "mn"
 *     version   = "version"                       ; only podmate itself asks it, to see that a connection is in step
 *     flush     = "flush_all" [ SP exptime ]
 *     slabs     = "slabs automove " ( "0" / "1" / "2" ) / "slabs reassign " class SP class
 *     stats     = "stats " ( name / "detail " ( "on" / "off" / "dump" ) / "cachedump " class SP uint32 )
 *
 *     value     = CR LF length*OCTET CR LF        ; behind the line
 *     key       = 1*250OCTET                      ; any but NUL, CR, LF and blank
 *     metakey   = key / base64                    ; base64 exactly with the flag b: RFC 4648 section 4, padded, and
 *                                                 ; the only text for its bytes
 *     flag      = ( "b" / "c" / "f" / "h" / "k" / "l" / "q" / "s" / "t" / "u" / "v" / "x" / "I" )
 *               / ( "T" / "N" / "R" ) exptime / "F" uint32 / ( "C" / "E" / "D" / "J" ) uint64
 *               / "M" OCTET / "O" *31OCTET        ; octets as in a key
 *               / ALPHA *31OCTET                  ; letters that have no meaning yet, or none to servers
 *                                                 ; no letter twice
 *     uint32    = %d0-4294967295                  ; numbers have no sign but the exptime's minus, no leading zeros,
 *     uint64    = %d0-18446744073709551615        ; and 0 no sign
 *     exptime   = %d-2147483648-2147483647
 *     length    = %d0-2147483645
 *     class     = %d0-255
 *     name      = 1*32( %x61-7A / DIGIT / "_" )
 *
 * `noreply` is not in it: servers differ in where they see it, and podmate waits for each reply. A line of a client
 * that is in this grammar is passed on as it is; `serverLine` writes anything else that can be understood in one way
 * only; the rest is refused by the parser, or by `plainLine` for the commands without a key.
 *
 * This function gives the line, without its end, for the request that `request` has parsed from `bytes`, as latin1.
 */
export function serverLine(request: RequestParser, bytes: Buffer): string {
  const words = wordsOf(request, bytes, request.keptWords);
  const numbers = numberWords[request.form];
  if (numbers !== undefined) {
    for (let i = numbers[0]; i < numbers[1]; i++) words[i] = plainNumber(words[i]!);
  }
  if (request.form === form.meta && request.command !== command.me) tidyFlags(words, 2);
  else if (request.form === form.metaStore) tidyFlags(words, 3);
  else if (request.form === form.delete && words[1] === "noreply") words.push("0");
  return words.join(" ");
}

/** The first words of the line of a get: those before its keys. */
export function serverLineHead(request: RequestParser, bytes: Buffer): string {
  const words = wordsOf(request, bytes, request.firstKey);
  if (request.form === form.gat) words[1] = plainNumber(words[1]!);
  return words.join(" ");
}

/** The first `count` words of the line, as latin1. */
export function wordsOf({ words }: RequestParser, bytes: Buffer, count: number): string[] {
  return Array.from({ length: count }, (_, i) => bytes.toString("latin1", words[2 * i], words[2 * i + 1]));
}

/** From which word to which (not included) a form has numbers. */
const numberWords: Readonly<Record<number, readonly [number, number]>> = {
  [form.gat]: [1, 2],
  [form.store]: [2, 5],
  [form.cas]: [2, 6],
  [form.delta]: [2, 3],
  [form.touch]: [2, 3],
  [form.metaStore]: [2, 3],
};

function plainNumber(text: string): string {
  return String(BigInt(text));
}

function tidyFlags(words: string[], first: number): void {
  for (let i = first; i < words.length; i++) {
    const word = words[i]!;
    const letter = word.charCodeAt(0);
    if (isBare(letter)) words[i] = word[0]!;
    else if (hasNumber(letter)) words[i] = word[0]! + plainNumber(word.slice(1));
  }
}
