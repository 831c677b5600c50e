import { fileURLToPath } from "node:url";
import t from "tap";
import { allCases } from "../../bench/conformance/cases/all-cases.ts";
import { conformanceConfig } from "../../bench/conformance/podmate-config.ts";
import { RecordingServer } from "../../bench/conformance/recording-server.ts";
import { runProxy } from "../../bench/conformance/run-proxy.ts";
import { podmate } from "../../bench/support/podmate.ts";

// podmate's column of the table in docs/conformance.md: every cell is the best of those that are right.

const command = [process.execPath, fileURLToPath(new URL("../../src/main.ts", import.meta.url))];

/** Of waits that are half a second, or three: what comes ends them, and nearly all of it does. */
const patience = 10;

async function column(cut: "whole" | "bytes") {
  const server = await RecordingServer.start();
  try {
    const proxy = podmate(command, 1, (port, adminPort) => conformanceConfig(port, adminPort, server.port));
    return await runProxy(proxy, allCases, server, cut, patience);
  } finally {
    await server.close();
  }
}

// Both at once: most of the time is waiting for what must not come.
const [whole, bytes] = await Promise.all([column("whole"), column("bytes")]);

for (const [title, verdicts] of [
  ["sent in one piece", whole],
  ["sent byte by byte", bytes],
] as const) {
  t.test(title, async (t) => {
    for (const [index, { group, row, variant, good }] of allCases.entries()) {
      const { word, seen } = verdicts[index]!;
      const name = `${group}: ${row}${variant ? ` (${variant})` : ""}`;
      t.equal(word, good[0], name, { seen });
    }
  });
}
