import type { Progress } from "./progress.ts";
import type { Random } from "./random.ts";
import type { ServerProcess } from "./server-process.ts";
import type { ConfiguredServer, SoakConfig, SoakDaemon } from "./soak-daemon.ts";
import { count, type SoakTally, sum } from "./soak-tally.ts";

const answersAfterTimeout = 50;

export type Fault = readonly [name: string, make: () => Promise<unknown>];

export interface FaultParts<Server extends ServerProcess = ServerProcess> {
  /** Servers of the pool that reloads change, one of which is not in `config`. */
  readonly servers: readonly Server[];
  readonly daemon: SoakDaemon;
  readonly progress: Progress;
  readonly tally: SoakTally;
  readonly random: Random;
  /** Answers between two faults, and while one lasts. */
  readonly step: number;
  readonly config: SoakConfig;
}

/** What happens to servers and configuration during a soak; every fault once in a round, in a random order. */
export abstract class Faults<Server extends ServerProcess = ServerProcess> {
  protected readonly daemon: SoakDaemon;
  protected readonly progress: Progress;
  protected readonly random: Random;
  protected readonly step: number;
  readonly #servers: readonly Server[];
  readonly #tally: SoakTally;
  #config: SoakConfig;

  constructor(parts: FaultParts<Server>) {
    this.daemon = parts.daemon;
    this.progress = parts.progress;
    this.random = parts.random;
    this.step = parts.step;
    this.#servers = parts.servers;
    this.#tally = parts.tally;
    this.#config = parts.config;
  }

  /** Every fault once. */
  async round(): Promise<void> {
    for (const [name, make] of this.random.shuffle([...this.#common, ...this.own()])) {
      await this.progress.after(this.step);
      if (this.progress.stopped) return;
      await make();
      count(this.#tally.events, name);
    }
  }

  /** Faults of one protocol. */
  protected abstract own(): readonly Fault[];

  /** The kind of error, in the tally, of a request that has timed out. */
  protected abstract readonly timeout: string;

  protected anyServer(): Server {
    const { port } = this.random.pick(this.#config.servers);
    return this.#servers.find((server) => server.port === port)!;
  }

  /** Errors are no wonder from the beginning on, while it lasts, and until all servers are in service after its end. */
  protected async trouble(
    begin: () => Promise<void>,
    last: () => Promise<void>,
    end: () => Promise<void>,
  ): Promise<void> {
    this.progress.beginTrouble();
    await this.progress.change(begin);
    await last();
    await this.progress.change(end);
    await this.#recover();
  }

  /** For as many answers as stand between two faults. */
  protected readonly forAStep = (): Promise<void> => this.progress.after(this.step);

  protected async reload(config: SoakConfig): Promise<void> {
    await this.progress.change(async () => {
      this.daemon.write(config);
      if (!(await this.daemon.reload())) this.#tally.takeWrong("a good configuration was refused");
    });
    this.#config = config;
  }

  get #common(): readonly Fault[] {
    const config = () => this.#config;
    return [
      ["kill", () => this.#outage((server) => server.kill())],
      ["stop", () => this.#outage((server) => server.stop())],
      ["freeze", () => this.#freeze(this.forAStep)],
      ["short freeze", () => this.#freeze(() => this.#firstTimeouts())],
      ["add a server", () => this.#addServer()],
      ["remove a server", () => this.#removeServer()],
      ["weigh a server", () => this.#changeServer((server) => ({ ...server, weight: 3 - server.weight }))],
      ["drain a server", () => this.#drainServer()],
      ["other connections", () => this.reload({ ...config(), other: !config().other })],
      ["refused config", () => this.#offerBadConfig()],
    ];
  }

  #outage(end: (server: Server) => Promise<void>): Promise<void> {
    const server = this.anyServer();
    return this.trouble(
      () => end(server),
      this.forAStep,
      () => server.start(),
    );
  }

  #freeze(last: () => Promise<void>): Promise<void> {
    const server = this.anyServer();
    return this.trouble(
      () => server.freeze(),
      last,
      async () => server.thaw(),
    );
  }

  /**
   * Until requests have timed out and others have been sent behind them: when the server goes on, the late answers must
   * be dropped, and those after them reach their clients.
   */
  async #firstTimeouts(): Promise<void> {
    const timeouts = (): number => this.#tally.errors.get(this.timeout) ?? 0;
    const before = timeouts();
    await this.progress.when(() => timeouts() > before);
    await this.progress.after(answersAfterTimeout);
  }

  /** Waits until all servers are in service and the traffic shows it. */
  async #recover(): Promise<void> {
    let errors: number;
    do {
      await this.daemon.allReady();
      errors = sum(this.#tally.errors);
      await this.progress.after(this.step);
    } while (sum(this.#tally.errors) > errors && !this.progress.stopped);
    this.progress.endTrouble();
  }

  async #addServer(): Promise<void> {
    const used = new Set(this.#config.servers.map(({ port }) => port));
    const { port } = this.#servers.find((server) => !used.has(server.port))!;
    await this.reload({
      ...this.#config,
      servers: [...this.#config.servers, { port, weight: 1, drain: false }],
    });
    // One server is always left to be added in the next round.
    await this.progress.after(this.step);
    await this.#removeServer();
  }

  async #removeServer(): Promise<void> {
    const servers = [...this.#config.servers];
    const [removed] = servers.splice(this.random.below(servers.length), 1);
    await this.reload({ ...this.#config, servers });
    if (servers.length >= 3) return;
    await this.progress.after(this.step);
    await this.reload({ ...this.#config, servers: [...servers, removed!] });
  }

  async #drainServer(): Promise<void> {
    const drained = await this.#changeServer((server) => ({ ...server, drain: true }));
    await this.progress.after(this.step);
    await this.#changeServer((server) => ({ ...server, drain: false }), drained);
  }

  /** Changes one server's entry; resolves to its place. */
  async #changeServer(
    change: (server: ConfiguredServer) => ConfiguredServer,
    place = this.random.below(this.#config.servers.length),
  ): Promise<number> {
    await this.reload({
      ...this.#config,
      servers: this.#config.servers.with(place, change(this.#config.servers[place]!)),
    });
    return place;
  }

  /** Nothing may change: what is stored must be found all the while. */
  async #offerBadConfig(): Promise<void> {
    this.daemon.writeText("pools: { soak: { servers: [] } }\n");
    if (await this.daemon.reload()) this.#tally.takeWrong("a bad configuration was taken");
    await this.progress.after(this.step);
    await this.reload(this.#config);
  }
}
