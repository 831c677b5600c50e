// Do the scenarios of memcached's own test suite pass through podmate, over two servers?
import t from "tap";
import { needs } from "../support/needs.ts";
import { startPlane } from "../support/plane.ts";
import { RealMemcached } from "../support/real-memcached.ts";
import { WireClient } from "../support/wire-client.ts";
import { runScenarios } from "./memcached-scenarios/all-scenarios.ts";

if (needs(t, "memcached")) {
  const start = () => RealMemcached.start(t, { args: ["-m", "128"] });
  const servers = await Promise.all([start(), start()]);
  const plane = await startPlane(
    t,
    servers.map(({ address }) => address),
  );
  await runScenarios(t, () => WireClient.connect(plane.address));
}
