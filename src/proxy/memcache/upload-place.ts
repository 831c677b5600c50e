import type { Connection } from "../../upstream/memcache/connection.ts";
import type { Borrower } from "../../upstream/memcache/lent-connections.ts";
import type { Pool } from "../../upstream/memcache/pool.ts";
import type { Server } from "../../upstream/memcache/server.ts";
import type { PoolPolicy } from "./policies/pool-policy.ts";
import type { Session } from "./session.ts";

/**
 * Where a large value goes, and its place among those that wait for a connection: the client is not read meanwhile. Its
 * request is parsed once more when it has one, or is refused one.
 */
export class UploadPlace implements Borrower {
  readonly pool: Pool;
  readonly policy: PoolPolicy | null;
  readonly key: string;
  readonly server: Server;
  /** null: none yet, or none at all. */
  connection: Connection | null = null;
  isWaiting = true;
  private readonly session: Session;

  constructor(session: Session, pool: Pool, policy: PoolPolicy | null, key: string, server: Server) {
    this.session = session;
    this.pool = pool;
    this.policy = policy;
    this.key = key;
    this.server = server;
  }

  /** Asks for a connection; false: it has to be waited for, no longer than the pool's timeout. */
  ask(): boolean {
    const { timeout } = this.pool.options;
    const deadline = timeout === 0 ? Number.POSITIVE_INFINITY : this.session.turn.now + timeout;
    this.connection = this.server.lent.borrow(this, deadline);
    this.isWaiting = this.connection === null;
    return !this.isWaiting;
  }

  lend(connection: Connection): void {
    this.connection = connection;
    this.refuse();
  }

  refuse(): void {
    this.isWaiting = false;
    this.session.proceed();
  }

  /** The client is gone. */
  leave(): void {
    if (this.isWaiting) this.server.lent.withdraw(this);
    else if (this.connection !== null) this.server.lent.giveBack(this.connection);
  }
}
