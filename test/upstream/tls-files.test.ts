import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { connect as connectTls, createServer, type SecureContext, TLSSocket } from "node:tls";
import t, { type Test } from "tap";
import { settleTime } from "../../src/core/folder-watch.ts";
import { pollInterval, type TlsFilePaths, TlsFiles } from "../../src/upstream/tls-files.ts";
import { makeCertificate, makeSignedCertificate } from "../support/certificates.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { needs } from "../support/needs.ts";
import { tempDir } from "../support/temp-dir.ts";

interface Opened {
  readonly files: TlsFiles;
  readonly clock: FakeClock;
  readonly logged: string[];
  /** Resolves with the next line of the log. */
  nextLog(): Promise<string>;
}

function open(t: Test, paths: TlsFilePaths, systemRoots = false): Opened {
  const clock = new FakeClock();
  const logged: string[] = [];
  let wake: (line: string) => void = () => {};
  const files = new TlsFiles(paths, {
    clock,
    systemRoots,
    log: (level, fields, message) => {
      const line = `${level} ${message}${fields["reason"] ? `: ${fields["reason"]}` : ""}`;
      logged.push(line);
      wake(line);
    },
  });
  t.teardown(() => files.close());
  return { files, clock, logged, nextLog: () => new Promise((resolve) => (wake = resolve)) };
}

/** Advances the clock as soon as the watcher has set the timer for it. */
async function watcherNoticed(clock: FakeClock): Promise<void> {
  while (clock.untilNext !== settleTime) await new Promise(setImmediate);
  clock.advance(settleTime);
}

/** The name in the certificate that a server with this context shows. */
async function shownBy(context: SecureContext): Promise<string> {
  const server = createServer({ SNICallback: (_name, done) => done(null, context) });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const client = connectTls({ port, host: "127.0.0.1", servername: "any.test", rejectUnauthorized: false });
  await new Promise((resolve, reject) => client.once("secureConnect", resolve).once("error", reject));
  const { CN } = client.getPeerCertificate().subject;
  client.destroy();
  await new Promise((resolve) => server.close(resolve));
  return String(CN);
}

if (needs(t, "openssl")) {
  t.test("files that are of no use stop the start, in words", async (t) => {
    const folder = await tempDir(t);
    const one = makeCertificate(folder, "one", ["DNS:one.test"]);
    const two = makeCertificate(folder, "two", ["DNS:two.test"]);
    const text = join(folder, "text");
    const empty = join(folder, "empty");
    writeFileSync(text, "hello");
    writeFileSync(empty, "\n");
    const cases: [TlsFilePaths, RegExp][] = [
      [{ cert: join(folder, "none"), key: one.key }, /none: open ENOENT/],
      [{ cert: one.cert, key: two.key }, /key values mismatch/i],
      [{ cert: empty, key: one.key }, /empty is empty/],
      [{ cert: text, key: one.key }, /PEM|start line/i],
      [{ ca: text }, /text: .*(PEM|start line)/i],
      [{ client_ca: empty }, /empty is empty/],
    ];
    for (const [paths, message] of cases) t.throws(() => open(t, paths), { message });
  });

  t.test("a new pair comes into force for the next connection", async (t) => {
    const folder = await tempDir(t);
    const one = makeCertificate(folder, "one", ["DNS:one.test"]);
    const two = makeCertificate(folder, "two", ["DNS:two.test"]);
    const { files, clock, nextLog } = open(t, one);
    const before = files.current();
    t.equal(await shownBy(before), "one");
    const logged = nextLog();
    await copyFile(two.cert, one.cert);
    await copyFile(two.key, one.key);
    await watcherNoticed(clock);
    t.equal(await logged, "info new TLS files are in force");
    t.not(files.current(), before);
    t.equal(await shownBy(files.current()), "two");
  });

  t.test("a swapped symlink, as Kubernetes mounts a Secret, is noticed", async (t) => {
    const folder = await tempDir(t);
    const mount = join(folder, "mount");
    for (const version of ["1", "2"]) {
      mkdirSync(join(mount, `..v${version}`), { recursive: true });
      const made = makeCertificate(folder, `v${version}`, ["DNS:x.test"]);
      renameSync(made.cert, join(mount, `..v${version}`, "tls.crt"));
      renameSync(made.key, join(mount, `..v${version}`, "tls.key"));
    }
    symlinkSync("..v1", join(mount, "..data"));
    symlinkSync("..data/tls.crt", join(mount, "tls.crt"));
    symlinkSync("..data/tls.key", join(mount, "tls.key"));
    const { files, clock, nextLog } = open(t, { cert: join(mount, "tls.crt"), key: join(mount, "tls.key") });
    t.equal(await shownBy(files.current()), "v1");
    const logged = nextLog();
    symlinkSync("..v2", join(mount, "..data_tmp"));
    renameSync(join(mount, "..data_tmp"), join(mount, "..data"));
    await watcherNoticed(clock);
    await logged;
    t.equal(await shownBy(files.current()), "v2");
  });

  t.test("a bad new pair leaves the old in force and says why, once", async (t) => {
    const folder = await tempDir(t);
    const one = makeCertificate(folder, "one", ["DNS:one.test"]);
    const two = makeCertificate(folder, "two", ["DNS:two.test"]);
    const { files, logged } = open(t, one);
    const before = files.current();
    await copyFile(two.cert, one.cert);
    await files.reload();
    await files.reload();
    t.equal(files.current(), before);
    t.equal(logged.length, 1);
    t.match(logged[0], /^error new TLS files are of no use; the old stay in force: .*key values mismatch/i);
    rmSync(one.key);
    await files.reload();
    t.match(logged[1], /one\.key: open ENOENT/);
    await copyFile(two.key, one.key);
    await files.reload();
    t.equal(logged[2], "info new TLS files are in force");
    t.equal(await shownBy(files.current()), "two");
  });

  t.test("without any sign from the file system the files are read now and then", async (t) => {
    const folder = await tempDir(t);
    const away = await tempDir(t);
    const real = makeCertificate(away, "one", ["DNS:one.test"]);
    const two = makeCertificate(away, "two", ["DNS:two.test"]);
    const linked = { cert: join(folder, "c"), key: join(folder, "k") };
    symlinkSync(real.cert, linked.cert);
    symlinkSync(real.key, linked.key);
    const { files, clock, nextLog } = open(t, linked);
    const logged = nextLog();
    renameSync(two.cert, real.cert);
    renameSync(two.key, real.key);
    clock.advance(pollInterval);
    t.equal(await logged, "info new TLS files are in force");
    t.equal(await shownBy(files.current()), "two");
    t.equal(clock.pending, 1, "and again");
  });

  t.test("unchanged files change nothing, and closing leaves nothing behind", async (t) => {
    const folder = await tempDir(t);
    const { files, clock, logged } = open(t, makeCertificate(folder, "one", ["DNS:one.test"]));
    const before = files.current();
    await files.reload();
    t.equal(files.current(), before);
    const last = files.reload();
    files.close();
    await last;
    t.same(logged, []);
    t.equal(clock.pending, 0);
  });

  t.test("a CA decides who is trusted, on both sides", async (t) => {
    const folder = await tempDir(t);
    const signed = makeSignedCertificate(folder, "server", ["DNS:server.test"]);
    const foreign = makeCertificate(folder, "foreign", ["DNS:server.test"]);
    const server = open(t, { cert: signed.cert, key: signed.key, client_ca: signed.ca });
    const trusting = open(t, { ca: signed.ca, cert: signed.cert, key: signed.key }, true);
    const distrusting = open(t, { ca: foreign.cert }, true);
    const rootless = open(t, {}, true);
    t.same(rootless.clock.pending, 0, "nothing to follow");

    const listener = createServer({ SNICallback: (_name, done) => done(null, server.files.current()) });
    listener.on("tlsClientError", () => {});
    await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
    t.teardown(() => listener.close());
    const { port } = listener.address() as AddressInfo;
    const handshake = (files: TlsFiles): Promise<string> =>
      new Promise((resolve) => {
        const raw = connect(port, "127.0.0.1");
        const client = connectTls({ socket: raw, servername: "server.test", secureContext: files.current() });
        client.once("secureConnect", () => {
          resolve("trusted");
          client.destroy();
        });
        client.once("error", (error: NodeJS.ErrnoException) => resolve(String(error.code)));
        t.type(client, TLSSocket);
      });
    t.equal(await handshake(trusting.files), "trusted");
    t.match(await handshake(distrusting.files), /UNABLE_TO|SELF_SIGNED/);
    t.match(await handshake(rootless.files), /UNABLE_TO|SELF_SIGNED/);
  });
}
