/** podmate with its defaults, but that its only server stays in service whatever it does, and however late. */
export function conformanceConfig(port: number, adminPort: number, server: number): string {
  return `admin: { listen: 127.0.0.1:${adminPort} }
workers: 1
log: { level: error }
lifecycle: { drain: 0s }
http:
  - { name: conformance, listen: 127.0.0.1:${port}, pool: servers }
pools:
  servers:
    eject: false
    connect_timeout: 60s
    servers: [ "127.0.0.1:${server}" ]
`;
}
