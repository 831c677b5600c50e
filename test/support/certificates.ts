import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** Paths of PEM files. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/**
 * Makes, with `openssl`, a self-signed certificate in `folder` that is its own CA, valid for a day.
 * @param names subject alternative names such as `DNS:cache.test` or `IP:127.0.0.1`
 */
export function makeCertificate(folder: string, name: string, names: readonly string[]): Certificate {
  const files = { cert: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
  const subject = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=${names.join(",")}`];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
  const request = ["req", "-x509", ...curve, "-nodes", "-days", "1", ...subject];
  execFileSync("openssl", [...request, "-keyout", files.key, "-out", files.cert], { stdio: "pipe" });
  return files;
}

/** Makes a CA and a certificate signed by it; `ca` is the CA's own certificate. */
export function makeSignedCertificate(
  folder: string,
  name: string,
  names: readonly string[],
): Certificate & { readonly ca: string } {
  const ca = makeCertificate(folder, `${name}-ca`, ["DNS:ca.test"]);
  const files = { cert: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
  const request = join(folder, `${name}.csr`);
  const extensions = join(folder, `${name}.ext`);
  writeFileSync(extensions, `subjectAltName=${names.join(",")}\n`);
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
  const ask = ["req", ...curve, "-nodes", "-subj", `/CN=${name}`, "-keyout", files.key, "-out", request];
  execFileSync("openssl", ask, { stdio: "pipe" });
  const signer = ["-CA", ca.cert, "-CAkey", ca.key, "-CAcreateserial", "-days", "1"];
  const sign = ["x509", "-req", "-in", request, ...signer, "-extfile", extensions, "-out", files.cert];
  execFileSync("openssl", sign, { stdio: "pipe" });
  return { ...files, ca: ca.cert };
}

/** Makes a self-signed certificate as `makeCertificate` does, but one that has been out of date for years. */
export function makeExpiredCertificate(folder: string, name: string, names: readonly string[]): Certificate {
  const files = { cert: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
  const request = join(folder, `${name}.csr`);
  const config = join(folder, `${name}.cnf`);
  const database = join(folder, `${name}.index`);
  writeFileSync(database, "");
  writeFileSync(
    config,
    `[ca]
default_ca = own
[own]
new_certs_dir = ${folder}
database = ${database}
rand_serial = yes
default_md = sha256
policy = names
[names]
commonName = supplied
[extensions]
subjectAltName = ${names.join(",")}
`,
  );
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
  const ask = ["req", ...curve, "-nodes", "-subj", `/CN=${name}`, "-keyout", files.key, "-out", request];
  execFileSync("openssl", ask, { stdio: "pipe" });
  const when = ["-startdate", "20200101000000Z", "-enddate", "20200102000000Z"];
  const sign = ["ca", "-selfsign", "-batch", "-notext", "-config", config, "-extensions", "extensions"];
  const what = ["-keyfile", files.key, "-in", request, "-out", files.cert];
  execFileSync("openssl", [...sign, ...when, ...what], { stdio: "pipe" });
  return files;
}
