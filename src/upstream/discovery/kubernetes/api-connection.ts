import type { Client } from "undici";
import { type AnswerListener, type GetOptions, httpGet, httpPut, loadUndici } from "../../http-get.ts";
import { asRecord } from "./endpoint-slice.ts";
import { type Credentials, type KubernetesAccess, readCredentials } from "./kubernetes-access.ts";
import { unreachable } from "./unreachable.ts";

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
  /** What a request has failed with, or an Unreachable where that is why the connection could not be opened. */
  explain(error: unknown): unknown;
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
  let failure: unknown;
  client.on("connectionError", (_origin, _targets, error) => {
    failure = error;
  });
  const explain = (error: unknown): unknown =>
    error === failure ? unreachable(error, credentials.origin, access.account) : error;
  try {
    return await work({ client, credentials, explain });
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

/** A refusal that may be none a moment later, as the API server has not loaded its Roles yet. */
export class ApiStarting extends ApiRefusal {}

export interface ApiRequest extends Pick<GetOptions, "path" | "bodyTimeout" | "signal"> {
  /** JSON that is put in place of what is there; without it, that is asked for. */
  readonly put?: string;
  /** Where the Role is described that is needed. */
  readonly roleIn: string;
}

/**
 * Asks for a path. Of a good answer `onOpen` is told the beginning and `onData` the body; any other rejects with the
 * server's own words. Rejects with an Unreachable where there was no connection, and with an ApiStarting where leave is
 * refused while the API server starts.
 */
export async function ask(
  connection: ApiConnection,
  request: ApiRequest,
  onOpen: () => void,
  onData: (chunk: Buffer) => void,
): Promise<void> {
  let refused = await send(connection, request, onOpen, onData);
  if (refused?.status === 403) {
    const ready = await readiness(connection, request.signal);
    if (ready !== 200) throw starting(refused, ready, request.roleIn);
    // It may have become ready between the two answers.
    refused = await send(connection, request, onOpen, onData);
  }
  if (refused === null) return;
  const hint = refused.status === 403 ? `; see what ${request.roleIn} says of the Role that is needed` : "";
  throw new ApiRefusal(refused.status, `${refused.message}${hint}`);
}

/**
 * While kube-apiserver starts it refuses what accounts have leave for, until its authorizer has read the Roles; only
 * then does `/readyz` answer 200 (seen with kube-apiserver 1.37).
 */
function starting({ message }: ApiRefusal, ready: number, roleIn: string): ApiStarting {
  const why =
    ready === 401 || ready === 403
      ? `the Role that ${roleIn} describes is missing, or it is starting and has not loaded the Roles yet`
      : "it is starting and has not loaded the Roles yet";
  return new ApiStarting(403, `${message}; ${why} (/readyz answers ${ready || "nothing"})`);
}

/** The status of `/readyz`, which everybody may ask unless the cluster takes that leave away; 0: none came. */
async function readiness(connection: ApiConnection, signal: AbortSignal | undefined): Promise<number> {
  const ignore = (): void => {};
  const request = { path: "/readyz", roleIn: "", ...(signal && { signal }) };
  return send(connection, request, ignore, ignore).then(
    (refused) => refused?.status ?? 200,
    () => 0,
  );
}

/** null: the answer was 200. */
async function send(
  { client, credentials, explain }: ApiConnection,
  { put, roleIn: _, ...options }: ApiRequest,
  onOpen: () => void,
  onData: (chunk: Buffer) => void,
): Promise<ApiRefusal | null> {
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
  try {
    if (put === undefined) await httpGet(client, { ...options, headers }, listener);
    else await httpPut(client, { ...options, headers, body: put }, listener);
  } catch (error) {
    throw explain(error);
  }
  if (status === 200) return null;
  const words = statusMessage(refusal.toString());
  return new ApiRefusal(status, `the API server answers ${status}${words === "" ? "" : `: ${words}`}`);
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
