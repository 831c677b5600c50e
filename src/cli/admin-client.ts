import { Client } from "undici";
import { parseListen } from "../config/endpoint.ts";
import { type Address, formatAddress } from "../core/address.ts";
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
  constructor(message: string) {
    super(exitCode.failed, `podmate: ${message}`);
  }
}

/** The management interface of a running daemon, as a verb of the command line sees it. */
export class AdminClient {
  readonly #address: Address;

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
    throw new AdminUnreachable(
      `${where} answered ${status} to ${path}; is it podmate's management interface?`,
    );
  }

  post(path: string): Promise<Answer> {
    return this.#ask("POST", path);
  }

  async #ask(method: "GET" | "POST", path: string): Promise<Answer> {
    const client = connect(this.#address);
    try {
      const { statusCode, body } = await client.request({ method, path });
      return { status: statusCode, body: await body.text() };
    } catch (error) {
      throw new AdminUnreachable(
        `no daemon answers at ${formatAddress(this.#address)} (${reasonOf(error)}); ` +
          "is it running, and is --admin or PODMATE_ADMIN its admin.listen?",
      );
    } finally {
      await client.destroy();
    }
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
