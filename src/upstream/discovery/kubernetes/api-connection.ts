import type { Client } from "undici";
import { type AnswerListener, type GetOptions, httpGet, httpPut, loadUndici } from "../../http-get.ts";
import { asRecord } from "./endpoint-slice.ts";
import { type Credentials, type KubernetesAccess, readCredentials } from "./kubernetes-access.ts";

/** Times in ms: until a connection is open, and until a head has come. */
const connectTimeout = 5_000;
export const answerTimeout = 10_000;
/** After this time without traffic the kernel asks whether the peer is still there, in ms. */
const keepAliveDelay = 30_000;
const largestRefusal = 64 * 1024;

/** A connection to the API server, with the credentials that were in force when it was opened. */
export interface ApiConnection {
  readonly client: Client;
  readonly credentials: Credentials;
}

/** Has work done over a connection of its own, which is closed when that has ended. */
export async function connected<T>(
  access: KubernetesAccess,
  work: (connection: ApiConnection) => Promise<T>,
): Promise<T> {
  const credentials = await readCredentials(access);
  const Client = await loadUndici();
  const client = new Client(credentials.origin, {
    connect: {
      timeout: connectTimeout,
      keepAliveInitialDelay: keepAliveDelay,
      ...(credentials.ca !== undefined && { ca: credentials.ca }),
    },
    headersTimeout: answerTimeout,
  });
  try {
    return await work({ client, credentials });
  } finally {
    await client.destroy();
  }
}

/** An answer of the API server that is not 200. */
export class ApiRefusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface ApiRequest extends Pick<GetOptions, "path" | "bodyTimeout" | "signal"> {
  /** JSON that is put in place of what is there; without it, that is asked for. */
  readonly put?: string;
  /** Where the Role is described that is needed. */
  readonly roleIn: string;
}

/**
 * Asks for a path. Of a good answer `onOpen` is told the beginning and `onData` the body; any other rejects with the
 * server's own words.
 */
export async function ask(
  { client, credentials }: ApiConnection,
  { put, roleIn, ...options }: ApiRequest,
  onOpen: () => void,
  onData: (chunk: Buffer) => void,
): Promise<void> {
  const headers = {
    accept: "application/json",
    authorization: `Bearer ${credentials.token}`,
    "user-agent": "podmate",
    ...(put !== undefined && { "content-type": "application/json" }),
  };
  const refusal = new Text(largestRefusal);
  let status = 0;
  const listener: AnswerListener = {
    onHead: (found) => {
      status = found;
      if (found === 200) onOpen();
    },
    onData: (chunk) => (status === 200 ? onData(chunk) : refusal.push(chunk)),
  };
  if (put === undefined) await httpGet(client, { ...options, headers }, listener);
  else await httpPut(client, { ...options, headers, body: put }, listener);
  if (status === 200) return;
  const hint = status === 403 ? `; see what ${roleIn} says of the Role that is needed` : "";
  const words = statusMessage(refusal.toString());
  throw new ApiRefusal(status, `the API server answers ${status}${words === "" ? "" : `: ${words}`}${hint}`);
}

/** The words of a `Status` object; empty where it is none. */
function statusMessage(text: string): string {
  try {
    const { message } = asRecord(JSON.parse(text));
    return typeof message === "string" ? message.slice(0, 500) : "";
  } catch {
    return "";
  }
}

/** A text that comes in pieces. */
export class Text {
  readonly #longest: number;
  readonly #chunks: Buffer[] = [];
  #length = 0;

  /** @param longest in bytes */
  constructor(longest: number) {
    this.#longest = longest;
  }

  push(chunk: Buffer): void {
    this.#length += chunk.length;
    if (this.#length > this.#longest)
      throw new Error(`the API server's answer is longer than ${this.#longest} bytes`);
    // The client reads into the same memory again.
    this.#chunks.push(Buffer.from(chunk));
  }

  toString(): string {
    return Buffer.concat(this.#chunks).toString();
  }
}
