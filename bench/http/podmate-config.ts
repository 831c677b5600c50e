/** podmate as operators run it: metrics on, the ring by the same header as its peers'. */
export function podmateConfig(
  port: number,
  adminPort: number,
  servers: readonly number[],
  workers: number,
): string {
  return `admin: { listen: 127.0.0.1:${adminPort} }
workers: ${workers}
log: { level: warn }
lifecycle: { drain: 1s }
http:
  - { name: bench, listen: 127.0.0.1:${port}, pool: bench, backlog: 1024, http2: true, hash: [ { header: x-key } ] }
pools:
  bench:
    ring: { distribution: ketama }
    servers: [ ${servers.map((server) => `"127.0.0.1:${server}"`).join(", ")} ]
`;
}
