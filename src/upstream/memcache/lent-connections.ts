import type { Connection } from "./connection.ts";

/** Connections kept when nobody uses them. */
const kept = 2;

/** Who waits for a connection; one of the two is called, once, unless it is withdrawn before. */
export interface Borrower {
  /** It is the borrower's alone until `giveBack`. */
  lend(connection: Connection): void;
  /** There was none within the time that it could wait. */
  refuse(): void;
}

interface Waiting {
  readonly borrower: Borrower;
  /** In ms. */
  readonly deadline: number;
}

/** Connections of a server that serve one request at a time: for values too large to be read whole. */
export class LentConnections {
  private readonly create: () => Connection;
  private readonly most: number;
  private readonly spare: Connection[] = [];
  private readonly lent = new Set<Connection>();
  /** Lent, and not to be used again. */
  private readonly outdated = new WeakSet<Connection>();
  /** In the order in which they came. */
  private waiting: Waiting[] = [];
  private serving = false;
  private closed = false;

  /** At most so many are lent at once. */
  constructor(create: () => Connection, most: number) {
    this.create = create;
    this.most = most;
  }

  /** One for a single request, until `giveBack`; null if `borrower` has to wait for it, at most until `deadline` (ms). */
  borrow(borrower: Borrower, deadline: number): Connection | null {
    if (!this.isExhausted && this.waiting.length === 0) return this.take();
    this.waiting.push({ borrower, deadline });
    return null;
  }

  /** It waits no longer. */
  withdraw(borrower: Borrower): void {
    this.waiting = this.waiting.filter((waiting) => waiting.borrower !== borrower);
  }

  /** Refuses those who have waited for as long as they may at `now` (ms). */
  expire(now: number): void {
    if (this.waiting.length === 0) return;
    const expired = this.waiting.filter(({ deadline }) => deadline <= now);
    this.waiting = this.waiting.filter(({ deadline }) => deadline > now);
    for (const { borrower } of expired) borrower.refuse();
  }

  giveBack(connection: Connection): void {
    if (!this.lent.delete(connection)) return;
    const useful = connection.isOpen && !this.outdated.has(connection);
    if (useful && this.spare.length < kept) this.spare.push(connection);
    else connection.lose("shutDown", "no longer in use");
    this.serveWaiting();
  }

  /** A connection has come to its end by itself. */
  forget(connection: Connection): void {
    const index = this.spare.indexOf(connection);
    if (index >= 0) this.spare.splice(index, 1);
    if (this.lent.delete(connection)) this.serveWaiting();
  }

  /** None of those open now is used for another request. */
  outdate(): void {
    for (const connection of this.lent) this.outdated.add(connection);
    for (const connection of this.spare.splice(0)) connection.lose("shutDown", "no longer in use");
  }

  /** The next one who asks has to wait. */
  get isExhausted(): boolean {
    return this.lent.size >= this.most;
  }

  get inUse(): ReadonlySet<Connection> {
    return this.lent;
  }

  all(): readonly Connection[] {
    return [...this.spare, ...this.lent];
  }

  close(): void {
    this.closed = true;
    for (const { borrower } of this.waiting.splice(0)) borrower.refuse();
    const all = [...this.spare.splice(0), ...this.lent];
    for (const connection of all) connection.lose("shutDown", "shut down");
  }

  private take(): Connection {
    const connection = this.spare.pop() ?? this.create();
    this.lent.add(connection);
    return connection;
  }

  /** One after the other: who gives its connection back at once is not to serve the next one in the middle of that. */
  private serveWaiting(): void {
    if (this.serving) return;
    this.serving = true;
    while (!this.closed && !this.isExhausted) {
      const next = this.waiting.shift();
      if (next === undefined) break;
      next.borrower.lend(this.take());
    }
    this.serving = false;
  }
}
