/** What the proxy programs are started with: the port to listen on, and the ports of the servers. */
export function proxyArguments(args: readonly string[]): { port: number; servers: readonly number[] } {
  const [port, servers = ""] = args;
  return { port: Number(port), servers: servers.split(",").map(Number) };
}
