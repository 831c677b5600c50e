import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { connect, createSecureContext, createServer } from "node:tls";
import t from "tap";
import { clientTlsOptions } from "../../src/upstream/client-tls.ts";
import { makeCertificate } from "../support/certificates.ts";
import { needs } from "../support/needs.ts";
import { tempDir } from "../support/temp-dir.ts";

t.test(
  "a fully qualified name goes into SNI, and is looked for in the certificate, without its dot",
  async (t) => {
    if (!needs(t, "openssl")) return;
    const { cert, key } = makeCertificate(await tempDir(t), "server", ["DNS:cache.test"]);
    const asked: string[] = [];
    const server = createServer({
      cert: readFileSync(cert),
      key: readFileSync(key),
      SNICallback: (name, done) => {
        asked.push(name);
        done(null);
      },
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    t.teardown(() => server.close());
    const { port } = server.address() as AddressInfo;
    const secureContext = createSecureContext({ ca: readFileSync(cert) });
    for (const [server_name, host] of [
      ["cache.test.", "other.test"],
      [undefined, "cache.test."],
    ] as const) {
      const tls = { verify: true, ...(server_name !== undefined && { server_name }) };
      const options = clientTlsOptions(tls, { host, port }, secureContext);
      const socket = connect({ host: "127.0.0.1", port, ...options });
      await once(socket, "secureConnect");
      t.ok(socket.authorized);
      socket.destroy();
    }
    t.same(asked, ["cache.test", "cache.test"]);
  },
);
