import { type HttpMessage, statusOf, targetOf, valuesOf } from "./http-message.ts";
import { finals, received, type Seen } from "./seen.ts";

/** Words in capitals are dangers: a request, an answer or a connection gets into the wrong hands, or is lost. */
type Judge = (seen: Seen) => string;

/** What goes for all cases: a proxy that ends, or a request that it has not seen itself. Null if neither. */
function disaster(seen: Seen): string | null {
  if (seen.crashed) return "CRASHES";
  const hidden = seen.requests.filter((request) => targetOf(request) === "/smuggled");
  // Every proxy here adds X-Forwarded-For to the requests that it sees.
  if (hidden.some((request) => valuesOf(request, "x-forwarded-for").length === 0)) return "SMUGGLES";
  if (hidden.length > 0) return "splits";
  return null;
}

/** Lets a disaster, a refusal and a missing answer come before what `judge` says of the rest. */
export function orRefused(judge: Judge): Judge {
  return (seen) => disaster(seen) ?? refusal(seen) ?? judge(seen);
}

/** The same where a refusal by the server is to be expected, or no answer. */
export function orDisaster(judge: Judge): Judge {
  return (seen) => disaster(seen) ?? judge(seen);
}

function refusal(seen: Seen): string | null {
  const [answer] = finals(seen);
  if (answer === undefined) return seen.closed ? "cuts off" : "HANGS";
  return statusOf(answer) >= 400 ? "refuses" : null;
}

/**
 * For requests that ought to be refused: whether `offence` got through to the server, or the request without it. After
 * a refusal nothing more is read from the connection, so it has to be closed.
 */
export function refused(offence: string | RegExp): Judge {
  return orDisaster((seen) => {
    if (seen.requests.some(({ complete }) => complete)) {
      const bytes = received(seen);
      const has = typeof offence === "string" ? bytes.includes(offence) : offence.test(bytes);
      return has ? "passes on" : "repairs";
    }
    const word = refusal(seen) ?? "answers itself";
    return word === "refuses" && !seen.closed ? "refuses, stays open" : word;
  });
}

/** For answers that ought to be refused: whether `offence` got through to the client, or the answer without it. */
export function answerRefused(offence: (seen: Seen) => boolean): Judge {
  return orDisaster((seen) => {
    if (statusOf(finals(seen)[0]) >= 400) return "refuses";
    return offence(seen) ? "passes on" : (refusal(seen) ?? "repairs");
  });
}

/** How far the fields of a message are those that were sent, as `Name: value` each. */
export function keptFields(message: HttpMessage | undefined, sent: readonly string[]): string {
  const names = new Set(sent.map((line) => nameOf(line)));
  const lines = (message?.fields ?? [])
    .map(([name, value]) => `${name}: ${value}`.trimEnd())
    .filter((line) => names.has(nameOf(line)));
  if (lines.join("\n") === sent.join("\n")) return "passes on";
  if (lines.join("\n").toLowerCase() === sent.join("\n").toLowerCase()) return "changes case";
  return lines.length === sent.length ? "reorders" : "joins";
}

function nameOf(line: string): string {
  return line.split(":")[0]!.toLowerCase();
}
