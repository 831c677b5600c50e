import { readFileSync } from "node:fs";
import { Client } from "undici";
import { parseListen } from "../config/endpoint.ts";
import { type Address, formatAddress } from "../core/address.ts";
import { reasonOf as fileReason } from "../core/file-reason.ts";
import { CannotGoOn } from "./cannot-go-on.ts";
import { exitCode, type Invocation, type Terminal } from "./verb.ts";

/** Where a daemon's management interface is looked for unless something else is said. */
export const defaultAdmin = "127.0.0.1:9901";

/** A daemon's answer. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Nobody answered, or nobody who makes sense. */
export class AdminUnreachable extends CannotGoOn {
  /** What was answered; undefined where nobody has. */
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(exitCode.failed, `podmate: ${message}`);
    this.status = status;
  }
}

/** The management interface of a running daemon, as a verb of the command line sees it. */
export class AdminClient {
  readonly #address: Address;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(invocation: Invocation, terminal: Terminal) {
    const flag = invocation.flags["admin"];
    const isFlag = typeof flag === "string";
    const text = (isFlag ? flag : terminal.env["PODMATE_ADMIN"]) || defaultAdmin;
    const reading = parseListen(text);
    if ("reason" in reading) {
      const given = `${isFlag ? "--admin" : "PODMATE_ADMIN"} ${text}`;
      throw new CannotGoOn(
        exitCode.usage,
        `podmate: ${given}: ${reading.reason}; give host:port or unix:/path`,
      );
    }
    this.#address = reading.value;
    this.#headers = authorization(terminal.env["PODMATE_TOKEN_FILE"]);
  }

  get(path: string): Promise<Answer> {
    return this.#ask("GET", path);
  }

  /** The JSON that stands at a path; a probe that says no is an answer too. */
  async json<T>(path: string): Promise<T> {
    const { status, body } = await this.get(path);
    try {
      if (status === 200 || status === 503) return JSON.parse(body) as T;
    } catch {
      // Falls through: whoever answers there does not speak JSON.
    }
    const where = formatAddress(this.#address);
    const reason = detailOf(body) ?? "is it podmate's management interface?";
    throw new AdminUnreachable(`${where} answered ${status} to ${path}; ${reason}`, status);
  }

  /** `body` is sent as JSON; without it, nothing is. */
  post(path: string, body?: object): Promise<Answer> {
    if (body === undefined) return this.#ask("POST", path);
    return this.#ask("POST", path, JSON.stringify(body), { "content-type": "application/json" });
  }

  put(path: string, body: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
    return this.#ask("PUT", path, body, headers);
  }

  /**
   * The lines of an answer as they come, to its end; or until `signal` says that they are not wanted any more, which
   * is no failure.
   */
  async *lines(path: string, accept: string, signal: AbortSignal): AsyncGenerator<string> {
    const client = connect(this.#address);
    try {
      const headers = { ...this.#headers, accept };
      const { statusCode, body } = await this.#reach(
        client.request({ method: "GET", path, headers, signal }),
      );
      if (statusCode !== 200) {
        const reason = detailOf(await body.text()) ?? "is it podmate's management interface?";
        throw new CannotGoOn(exitCode.failed, `podmate: the daemon answered ${statusCode}: ${reason}`);
      }
      yield* linesOf(body);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof CannotGoOn) throw error;
      throw new CannotGoOn(exitCode.failed, `podmate: the daemon has gone (${reasonOf(error)})`);
    } finally {
      await client.destroy();
    }
  }

  async #ask(
    method: "GET" | "POST" | "PUT",
    path: string,
    sent: string | null = null,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const client = connect(this.#address);
    try {
      const headers = { ...this.#headers, ...more };
      const answer = client.request({ method, path, headers, body: sent });
      return await this.#reach(
        answer.then(async ({ statusCode, body }) => ({ status: statusCode, body: await body.text() })),
      );
    } finally {
      await client.destroy();
    }
  }

  /** Says in words why nobody answers. */
  async #reach<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw new AdminUnreachable(
        `no daemon answers at ${formatAddress(this.#address)} (${reasonOf(error)}). ` +
          "Is it running? Does --admin (or $PODMATE_ADMIN) match its admin.listen?",
      );
    }
  }
}

/** Splits what comes at line feeds. */
async function* linesOf(body: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

/** What shows the daemon the first token of a file; nothing without one. */
function authorization(file: string | undefined): Readonly<Record<string, string>> {
  if (file === undefined || file === "") return {};
  try {
    const [token] = readFileSync(file, "utf8").split(/\r?\n/, 1);
    return { authorization: `Bearer ${token}` };
  } catch (error) {
    throw new CannotGoOn(exitCode.usage, `podmate: PODMATE_TOKEN_FILE ${file}: ${fileReason(error)}`);
  }
}

/** What a problem document says, or undefined if there is none. */
function detailOf(body: string): string | undefined {
  try {
    return (JSON.parse(body) as { readonly detail?: string }).detail;
  } catch {
    return undefined;
  }
}

/** The daemon may listen on all addresses, which is no address to connect to. */
const anyAddress: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

function connect(address: Address): Client {
  const patience = { connectTimeout: 5_000, headersTimeout: 60_000, bodyTimeout: 60_000 };
  if ("path" in address) return new Client("http://localhost", { ...patience, socketPath: address.path });
  const host = anyAddress[address.host] ?? address.host;
  return new Client(`http://${formatAddress({ host, port: address.port })}`, patience);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  return code ?? error.message;
}
