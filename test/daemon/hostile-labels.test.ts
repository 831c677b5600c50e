import { once } from "node:events";
import { connect } from "node:net";
import t from "tap";
import { parsePrometheus } from "../support/prometheus-text.ts";
import { configText, type Daemon, startDaemon, startServers } from "./podmate.ts";

const marker = "hostile";

/** Every value of every label, and the number of series that are no bucket of a histogram. */
async function labels(daemon: Daemon): Promise<{ readonly values: Set<string>; readonly series: number }> {
  const families = parsePrometheus((await daemon.get("/metrics")).text);
  const samples = [...families.values()].flatMap(({ type, samples }) =>
    type === "histogram" ? [] : samples,
  );
  return {
    values: new Set(
      [...families.values()].flatMap(({ samples }) => samples.flatMap((s) => Object.values(s.labels))),
    ),
    series: samples.length,
  };
}

async function send(port: number, bytes: string): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  socket.resume().on("error", () => {});
  socket.end(bytes, "latin1");
  await once(socket, "close");
}

t.test("nothing that a client sends becomes a label, or another series", async (t) => {
  const http = `http:
  - { name: web, listen: "127.0.0.1:0", pool: sites }`;
  const servers = await startServers(t, 1);
  const text = configText(servers, http).replace(
    /^pools:$/m,
    `pools:\n  sites: { servers: [ "127.0.0.1:1" ] }`,
  );
  const daemon = await startDaemon(t, text);
  const { listeners } = JSON.parse(
    /^.*"podmate serves".*$/m.exec(daemon.process.stdout + daemon.process.stderr)![0],
  );
  const [memcache, web] = (listeners as string[]).map((address) => Number(address.split(":").at(-1)));
  const before = await labels(daemon);

  const lines = [
    `${marker}_command x`,
    `get ${marker}_key`,
    `set ${marker}"\\x 0 0 1`,
    "x",
    `mg ${marker} ${marker}`,
  ];
  await send(memcache!, `${lines.join("\r\n")}\r\n`);
  for (let i = 0; i < 20; i++) {
    const head = `${marker}${i} /${marker}${i}"?${marker} HTTP/1.1\r\nHost: ${marker}${i}.example\r\n`;
    await send(
      web!,
      `${head}User-Agent: ${marker}\r\nX-${marker}${i}: ${marker}\r\nConnection: close\r\n\r\n`,
    );
    await daemon.get(`/${marker}${i}?${marker}`);
  }

  const after = await labels(daemon);
  t.equal(after.series, before.series);
  t.same(
    [...after.values].filter((value) => value.includes(marker)),
    [],
  );
});
