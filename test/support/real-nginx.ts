import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Address } from "../../src/core/address.ts";
import { freePort } from "./free-port.ts";
import { waitUntilListening } from "./listening.ts";
import { findProgram } from "./needs.ts";
import { TestProcess } from "./process.ts";
import type { Teardown } from "./teardown.ts";
import { tempDir } from "./temp-dir.ts";

export interface NginxOptions {
  /** Directives of the `server` block, beside `listen`. */
  readonly server: string;
  /** HTTP/2 with prior knowledge, in place of HTTP/1.1. */
  readonly http2?: boolean;
}

const attempts = 5;

/** A real nginx of a test, one process on a free port of 127.0.0.1, ended when the test ends. */
export class RealNginx {
  readonly address: Address;
  readonly #t: Teardown;
  readonly #folder: string;
  #process: TestProcess;

  private constructor(t: Teardown, address: Address, folder: string) {
    this.#t = t;
    this.address = address;
    this.#folder = folder;
    this.#process = this.#launch();
  }

  /** Starts one and waits until it accepts connections. */
  static async start(t: Teardown, options: NginxOptions): Promise<RealNginx> {
    let last = "";
    for (let attempt = 0; attempt < attempts; attempt++) {
      const folder = await tempDir(t);
      const port = await freePort();
      await writeFile(join(folder, "nginx.conf"), configuration(folder, port, options));
      const nginx = new RealNginx(t, { host: "127.0.0.1", port }, folder);
      if (await nginx.#listens()) return nginx;
      last = nginx.#process.stderr;
    }
    throw new Error(`nginx did not start: ${last}`);
  }

  /** Ends it at once, as a crash would: connections are reset or closed by the kernel. */
  async kill(): Promise<void> {
    await this.#process.stop("SIGKILL");
  }

  /** Starts it again at the same port. */
  async restart(): Promise<void> {
    this.#process = this.#launch();
    if (!(await this.#listens())) throw new Error(`nginx did not start again: ${this.#process.stderr}`);
  }

  #listens(): Promise<boolean> {
    return waitUntilListening(this.address, () => !this.#process.alive);
  }

  #launch(): TestProcess {
    const program = findProgram("nginx");
    if (program === undefined) throw new Error("nginx is not installed");
    return new TestProcess(this.#t, program, ["-p", this.#folder, "-c", join(this.#folder, "nginx.conf")]);
  }
}

function configuration(folder: string, port: number, { server, http2 = false }: NginxOptions): string {
  const kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const temporary = kinds.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(" ");
  return `daemon off; master_process off; pid ${folder}/pid; error_log stderr;
events { worker_connections 512; }
http { access_log off; ${temporary}
  server { listen 127.0.0.1:${port}${http2 ? " http2" : ""}; ${server} } }
`;
}
