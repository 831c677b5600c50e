// Do wire cases pass for a proxy that relays, whole and byte by byte?
import { connect, createServer, type Socket } from "node:net";
import t from "tap";
import type { Address } from "../../src/core/address.ts";
import { type ProxyUnderTest, runWireCases, type WireCase } from "./wire-case.ts";

/** Sends all to the first server, but answers `mn` at the end of what it gets itself. */
async function startRelay([server]: readonly Address[]): Promise<ProxyUnderTest> {
  if (server === undefined) throw new Error("expected a server");
  const sockets = new Set<Socket>();
  const relay = createServer((downstream) => {
    const upstream = connect(server);
    for (const socket of [downstream, upstream]) sockets.add(socket);
    downstream.on("data", (chunk) => {
      if (chunk.toString() === "mn\r\n") downstream.write("MN\r\n");
      else upstream.write(chunk);
    });
    upstream.on("data", (chunk) => downstream.write(chunk));
  });
  await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
  const bound = relay.address();
  if (bound === null || typeof bound === "string") throw new Error("expected a port");
  return {
    address: { host: "127.0.0.1", port: bound.port },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      relay.close();
    },
  };
}

const cases: readonly WireCase[] = [
  {
    name: "two requests in one go",
    client: "get a\r\nset b 0 0 1\r\nx\r\n",
    servers: {
      0: [
        { sees: "get a\r\n", answers: "END\r\n" },
        { sees: "set b 0 0 1\r\nx\r\n", answers: "STORED\r\n" },
      ],
    },
    gets: "END\r\nSTORED\r\n",
  },
  {
    name: "a request that no server answers",
    client: "set b 0 0 1 noreply\r\nx\r\n",
    servers: { 0: [{ sees: "set b 0 0 1 noreply\r\nx\r\n" }] },
    gets: "",
  },
];

await runWireCases(t, cases, { startProxy: startRelay });
