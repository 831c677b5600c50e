import type { Connection } from "./connection.ts";

/** Connections kept when nobody uses them, and lent at once at most. */
const kept = 2;
const mostLent = 16;

/** Connections of a server that serve one request at a time: for values too large to be read whole. */
export class LentConnections {
  private readonly create: () => Connection;
  private readonly spare: Connection[] = [];
  private readonly lent = new Set<Connection>();
  /** Lent, and not to be used again. */
  private readonly outdated = new WeakSet<Connection>();

  constructor(create: () => Connection) {
    this.create = create;
  }

  /** One for a single request, until `giveBack`; null if too many are lent. */
  borrow(): Connection | null {
    if (this.isExhausted) return null;
    const connection = this.spare.pop() ?? this.create();
    this.lent.add(connection);
    return connection;
  }

  giveBack(connection: Connection): void {
    if (!this.lent.delete(connection)) return;
    const useful = connection.isOpen && !this.outdated.has(connection);
    if (useful && this.spare.length < kept) this.spare.push(connection);
    else connection.lose("connection_lost", "no longer in use");
  }

  /** A connection has come to its end by itself. */
  forget(connection: Connection): void {
    this.lent.delete(connection);
    const index = this.spare.indexOf(connection);
    if (index >= 0) this.spare.splice(index, 1);
  }

  /** None of those open now is used for another request. */
  outdate(): void {
    for (const connection of this.lent) this.outdated.add(connection);
    for (const connection of this.spare.splice(0)) connection.lose("connection_lost", "no longer in use");
  }

  /** The next one who asks gets none. */
  get isExhausted(): boolean {
    return this.lent.size >= mostLent;
  }

  get inUse(): ReadonlySet<Connection> {
    return this.lent;
  }

  all(): readonly Connection[] {
    return [...this.spare, ...this.lent];
  }

  close(): void {
    const all = [...this.spare.splice(0), ...this.lent];
    for (const connection of all) connection.lose("connection_lost", "shut down");
  }
}
