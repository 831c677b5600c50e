/** podmate as operators run it: metrics on, the same ring and timeout as twemproxy's. */
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
memcache:
  - { name: bench, listen: 127.0.0.1:${port}, pool: bench, backlog: 1024 }
pools:
  bench:
    ring: { distribution: ketama, hash: fnv1a_64 }
    timeout: 5s
    preconnect: true
    servers: [ ${servers.map((server) => `"127.0.0.1:${server}"`).join(", ")} ]
`;
}
