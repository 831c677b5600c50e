import type { Address } from "../../src/core/address.ts";
import { WireClient } from "./wire-client.ts";

/** A request or several; `{cas}` stands for the cas id that this server gave out last. */
export type Step = string;

const MARKER = { request: "mn\r\n", answer: "MN\r\n" };

/**
 * Sends the steps one after the other on a connection of its own, each whole or byte by byte, and gives what the
 * server answered to each; `<closed>` where it ended the connection. Two servers that mean the same give the same:
 * cas ids, versions and times are made alike.
 */
export async function converse(address: Address, steps: readonly Step[], split: boolean): Promise<string[]> {
  const client = await WireClient.connect(address);
  await client.expectInStep(MARKER.request, MARKER.answer);
  const answers: string[] = [];
  let cas = "0";
  for (const step of steps) {
    const request = step.replaceAll("{cas}", cas) + MARKER.request;
    await (split ? client.sendSplit(request) : client.send(request));
    const answer = await readAnswer(client);
    cas = /^VALUE \S+ \d+ \d+ (\d+)\r|^(?:HD|VA).* c(\d+)/m.exec(answer)?.slice(1).find(Boolean) ?? cas;
    answers.push(normalize(answer));
    if (client.ended !== null) break;
  }
  client.close();
  return answers;
}

async function readAnswer(client: WireClient): Promise<string> {
  try {
    return (await client.readUntil(MARKER.answer)).toString("latin1");
  } catch (error) {
    if (client.ended === null) throw error;
    return `${client.received.toString("latin1")}<closed>`;
  }
}

function normalize(answer: string): string {
  return answer
    .replaceAll(/^(VALUE \S+ \d+ \d+) \d+\r$/gm, "$1 CAS\r")
    .replaceAll(/^VERSION .*\r$/gm, "VERSION V\r")
    .replaceAll(/^ME (\S+) exp=(-?\d+) la=\d+ cas=\d+ (fetch=\w+) cls=\d+ /gm, "ME $1 exp=$2 $3 ")
    .replaceAll(/^(?:HD|VA|NS|EX|NF|EN).*\r$/gm, (line) =>
      line.replaceAll(/ c\d+/g, (cas) => (cas === " c0" ? cas : " cCAS")).replaceAll(/ l\d+/g, " lSECONDS"),
    )
    .replaceAll(/( t|exp=-)(\d+)/g, (_, name, seconds) => name + roundSeconds(Number(seconds)));
}

/**
 * Up to a multiple of 10, as the two are not asked in the same second; time overdue, which wraps below 0, is 0. What is
 * years away was given as a date, and is any number of seconds from now: it is rounded more coarsely.
 */
function roundSeconds(seconds: number): number {
  const step = seconds > 1e8 ? 1e6 : 10;
  return seconds > 2 ** 31 ? 0 : Math.ceil(seconds / step) * step;
}
