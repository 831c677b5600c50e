import { once } from "node:events";
import { connect } from "node:net";
import type { MemcachedServer } from "./memcached-server.ts";
import type { Progress } from "./progress.ts";
import type { Random } from "./random.ts";
import type { ConfiguredServer, SoakConfig, SoakDaemon } from "./soak-daemon.ts";
import { count, type SoakTally, sum } from "./soak-tally.ts";

const crowd = 200;
const answersAfterTimeout = 50;

/** What happens to servers and configuration during a soak; every fault once in a round, in a random order. */
export class Faults {
  readonly #servers: readonly MemcachedServer[];
  readonly #daemon: SoakDaemon;
  readonly #progress: Progress;
  readonly #tally: SoakTally;
  readonly #random: Random;
  readonly #step: number;
  #config: SoakConfig;

  constructor(parts: {
    readonly servers: readonly MemcachedServer[];
    readonly daemon: SoakDaemon;
    readonly progress: Progress;
    readonly tally: SoakTally;
    readonly random: Random;
    /** Answers between two faults, and while one lasts. */
    readonly step: number;
    readonly config: SoakConfig;
  }) {
    this.#servers = parts.servers;
    this.#daemon = parts.daemon;
    this.#progress = parts.progress;
    this.#tally = parts.tally;
    this.#random = parts.random;
    this.#step = parts.step;
    this.#config = parts.config;
  }

  /** Every fault once. */
  async round(): Promise<void> {
    const faults: readonly (readonly [name: string, make: () => Promise<unknown>])[] = [
      ["kill", () => this.#outage((server) => server.kill())],
      ["stop", () => this.#outage((server) => server.stop())],
      ["freeze", () => this.#freeze(() => this.#progress.after(this.#step))],
      ["short freeze", () => this.#freeze(() => this.#firstTimeouts())],
      ["add a server", () => this.#addServer()],
      ["remove a server", () => this.#removeServer()],
      ["weigh a server", () => this.#changeServer((server) => ({ ...server, weight: 3 - server.weight }))],
      ["drain a server", () => this.#drainServer()],
      [
        "other connections",
        () => this.#reload({ ...this.#config, connections: 3 - this.#config.connections }),
      ],
      ["refused config", () => this.#offerBadConfig()],
      ["crowd", () => this.#crowd()],
    ];
    for (const [name, make] of this.#random.shuffle(faults)) {
      await this.#progress.after(this.#step);
      await make();
      count(this.#tally.events, name);
    }
  }

  async #outage(end: (server: MemcachedServer) => Promise<void>): Promise<void> {
    const server = this.#anyServer();
    this.#progress.beginTrouble();
    await this.#progress.change(() => end(server));
    await this.#progress.after(this.#step);
    await this.#progress.change(() => server.start());
    await this.#recover();
  }

  async #freeze(thaw: () => Promise<void>): Promise<void> {
    const server = this.#anyServer();
    this.#progress.beginTrouble();
    await this.#progress.change(() => server.freeze());
    await thaw();
    await this.#progress.change(() => Promise.resolve(server.thaw()));
    await this.#recover();
  }

  /**
   * Until requests have timed out and others have been sent behind them: when the server goes on, the late answers must
   * be dropped, and those after them reach their clients.
   */
  async #firstTimeouts(): Promise<void> {
    const timeouts = (): number => this.#tally.errors.get("timeout") ?? 0;
    const before = timeouts();
    await this.#progress.when(() => timeouts() > before);
    await this.#progress.after(answersAfterTimeout);
  }

  /** Waits until all servers are in service and the traffic shows it. */
  async #recover(): Promise<void> {
    let errors: number;
    do {
      await this.#daemon.allReady();
      errors = sum(this.#tally.errors);
      await this.#progress.after(this.#step);
    } while (sum(this.#tally.errors) > errors && !this.#progress.stopped);
    this.#progress.endTrouble();
  }

  async #addServer(): Promise<void> {
    const used = new Set(this.#config.servers.map(({ port }) => port));
    const { port } = this.#servers.find((server) => !used.has(server.port))!;
    await this.#reload({
      ...this.#config,
      servers: [...this.#config.servers, { port, weight: 1, drain: false }],
    });
    // One server is always left to be added in the next round.
    await this.#progress.after(this.#step);
    await this.#removeServer();
  }

  async #removeServer(): Promise<void> {
    const servers = [...this.#config.servers];
    const [removed] = servers.splice(this.#random.below(servers.length), 1);
    await this.#reload({ ...this.#config, servers });
    if (servers.length >= 3) return;
    await this.#progress.after(this.#step);
    await this.#reload({ ...this.#config, servers: [...servers, removed!] });
  }

  async #drainServer(): Promise<void> {
    const drained = await this.#changeServer((server) => ({ ...server, drain: true }));
    await this.#progress.after(this.#step);
    await this.#changeServer((server) => ({ ...server, drain: false }), drained);
  }

  /** Changes one server's entry; resolves to its place. */
  async #changeServer(
    change: (server: ConfiguredServer) => ConfiguredServer,
    place = this.#random.below(this.#config.servers.length),
  ): Promise<number> {
    await this.#reload({
      ...this.#config,
      servers: this.#config.servers.with(place, change(this.#config.servers[place]!)),
    });
    return place;
  }

  async #reload(config: SoakConfig): Promise<void> {
    await this.#progress.change(async () => {
      this.#daemon.write(config);
      if (!(await this.#daemon.reload())) this.#tally.takeWrong("a good configuration was refused");
    });
    this.#config = config;
  }

  /** Nothing may change: what is stored must be found all the while. */
  async #offerBadConfig(): Promise<void> {
    this.#daemon.writeText("pools: { soak: { servers: [] } }\n");
    if (await this.#daemon.reload()) this.#tally.takeWrong("a bad configuration was taken");
    await this.#progress.after(this.#step);
    await this.#reload(this.#config);
  }

  /** Many clients that come, ask for a sign of life, and go. */
  async #crowd(): Promise<void> {
    await Promise.all(
      Array.from({ length: crowd }, async () => {
        const socket = connect({ host: "127.0.0.1", port: this.#daemon.port });
        socket.on("error", (error) => this.#tally.takeWrong(`one of the crowd: ${error.message}`));
        const closed = once(socket, "close");
        let answer = "";
        socket.setEncoding("latin1").on("data", (text: string) => {
          answer += text;
        });
        socket.write("mn\r\nquit\r\n");
        await closed;
        if (answer !== "MN\r\n") this.#tally.takeWrong(`one of the crowd was answered "${answer}"`);
      }),
    );
  }

  #anyServer(): MemcachedServer {
    const { port } = this.#random.pick(this.#config.servers);
    return this.#servers.find((server) => server.port === port)!;
  }
}
