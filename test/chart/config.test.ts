import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { podmate } from "../daemon/podmate.ts";
import { makeSignedCertificate } from "../support/certificates.ts";
import { configOf, Helm, needsHelm } from "../support/helm.ts";
import { needs } from "../support/needs.ts";
import { tempDir } from "../support/temp-dir.ts";
import { clustersOf, shapeFiles, shapes } from "./shapes.ts";

// helm runs many times.
t.setTimeout(300_000);

t.test("podmate accepts every configuration that is rendered", async (t) => {
  if (!needsHelm(t) || !needs(t, "openssl")) return;
  const helm = await Helm.start(t);
  const folder = await tempDir(t);
  const files = await mountedFiles(folder);
  const seen = new Set<string>();
  for (const shape of shapes) {
    for (const kubernetes of clustersOf(shape)) {
      const rendered = configOf(await helm.render({ files: shapeFiles(shape), kubernetes }));
      // Many shapes have the same configuration.
      if (seen.has(rendered)) continue;
      seen.add(rendered);
      const text = files.reduce((text, [mounted, here]) => text.replaceAll(mounted, here), rendered);
      const file = join(folder, "podmate.yaml");
      await writeFile(file, text);
      const child = podmate(t, ["check", "-c", file], [], {
        POD_IP: /\[\$\{POD_IP\}\]/.test(text) ? "fd00::7" : "10.0.0.7",
        CACHE_PASSWORD: "secret",
      });
      const { code } = await child.exit;
      t.equal(code, 0, `${shape} on Kubernetes ${kubernetes}: ${child.stderr}`);
    }
  }
});

/** Files that a pod has from Secrets: where they are there, and where here. */
async function mountedFiles(folder: string): Promise<readonly (readonly [string, string])[]> {
  const { ca, cert, key } = makeSignedCertificate(folder, "cache", ["DNS:cache-a.example.com"]);
  const token = join(folder, "token");
  await writeFile(token, "a-token-of-some-length\n");
  return [
    ["/etc/podmate-tls/ca.crt", ca],
    ["/etc/podmate-tls/tls.crt", cert],
    ["/etc/podmate-tls/tls.key", key],
    ["/etc/podmate-admin/token", token],
  ];
}
