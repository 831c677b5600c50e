import type { FastifyInstance } from "fastify";
import { type Answer, json, object, text } from "../answer-terms.ts";

const versionView = object({ version: text("podmate's."), node: text("Node's.") });

/** What runs here. */
export interface VersionApi {
  version(): Answer<typeof versionView>;
}

/** `/version`, and `/openapi.json`, which describes all routes */
export function addVersion(server: FastifyInstance, api: VersionApi): void {
  server.get("/version", { schema: { summary: "What runs here", response: { 200: versionView } } }, () =>
    api.version(),
  );
  server.get(
    "/openapi.json",
    { schema: { summary: "This document", response: { 200: json("OpenAPI 3.1.") } } },
    () => server.swagger(),
  );
}
