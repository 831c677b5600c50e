// An app that knows nothing of sharding: it counts visits in the one memcached that it sees, at CACHE, and passes what
// comes below /backend/ to the one server that it sees, at BACKEND. podmate is both.
//
//   CACHE    host:port or unix:/path of podmate's memcache listener; without it nothing is counted
//   BACKEND  URL of podmate's HTTP listener
//   VISITS   a number: make so many visits by 100 users and end, as a Job; without it, serve HTTP on PORT (8080)
//   STOP     URL that is posted to at the end of a Job, so that a podmate in a plain container ends, too
import { createServer } from "node:http";
import { connect } from "node:net";

const { CACHE, BACKEND, VISITS, STOP, PORT = "8080" } = process.env;

/** One connection; every command here is answered by one line, in order. */
class Cache {
  #socket = null;
  #waiting = [];
  #text = "";

  /** Visits of a user, this one included. Expires a day after the first. */
  async visit(user) {
    const key = `visits:${encodeURIComponent(user)}`;
    const count = await this.#ask(`incr ${key} 1\r\n`);
    if (count !== "NOT_FOUND") return number(count);
    const added = await this.#ask(`add ${key} 0 86400 1\r\n1\r\n`);
    // Somebody else may have been faster.
    return added === "STORED" ? 1 : number(await this.#ask(`incr ${key} 1\r\n`));
  }

  close() {
    this.#socket?.end();
  }

  #ask(command) {
    this.#socket ??= this.#open();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#socket.write(command);
    });
  }

  #open() {
    const [, path, host, port] = /^(?:unix:(.+)|(.+):(\d+))$/.exec(CACHE);
    const socket = connect(path === undefined ? { host, port: Number(port) } : { path });
    socket.setEncoding("utf8");
    socket.on("data", (text) => {
      const lines = (this.#text + text).split("\r\n");
      this.#text = lines.pop();
      for (const line of lines) this.#waiting.shift()?.resolve(line);
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#socket = null;
      this.#text = "";
      for (const { reject } of this.#waiting.splice(0)) reject(new Error(`${CACHE} has closed`));
    });
    return socket;
  }
}

function number(line) {
  if (!/^\d+$/.test(line)) throw new Error(line);
  return Number(line);
}

const cache = CACHE ? new Cache() : null;

async function answer(request, response) {
  const url = new URL(request.url, "http://app");
  const user = url.searchParams.get("user") ?? "nobody";
  if (url.pathname === "/healthz") return response.end("ok\n");
  if (BACKEND && url.pathname.startsWith("/backend/")) {
    const reply = await fetch(new URL(url.pathname, BACKEND), { headers: { "x-user-id": user } });
    return response.writeHead(reply.status).end(await reply.text());
  }
  // A cache that fails costs the count, and nothing else.
  const visits = (await cache?.visit(user).catch(() => null)) ?? null;
  response.setHeader("content-type", "application/json");
  return response.end(`${JSON.stringify({ user, visits })}\n`);
}

function serve() {
  const server = createServer((request, response) => {
    answer(request, response).catch((error) => response.writeHead(502).end(`${error.message}\n`));
  });
  server.listen(Number(PORT), () => console.log(`serves on port ${server.address().port}`));
  process.once("SIGTERM", () => {
    server.close(() => cache?.close());
    server.closeIdleConnections();
  });
}

async function work(visits) {
  for (let visit = 0; visit < visits; visit++) await cache.visit(`user-${visit % 100}`);
  cache.close();
  console.log(`made ${visits} visits`);
  if (STOP) await stop();
}

/** A podmate that does not end would keep the Job from its end: better that the Job fails, and says why. */
async function stop() {
  const { ok, status } = await fetch(STOP, { method: "POST" });
  if (!ok) throw new Error(`${STOP} answered ${status}`);
}

if (VISITS) await work(Number(VISITS));
else serve();
