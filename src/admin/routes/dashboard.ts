import { readFile } from "node:fs/promises";
import type { FastifyInstance } from "fastify";
import { text } from "../answer-terms.ts";

/** The page and its parts: no other file is served. */
const files: Readonly<Record<string, string>> = {
  "dashboard.html": "text/html; charset=utf-8",
  "charts.js": "text/javascript; charset=utf-8",
  "daemon.js": "text/javascript; charset=utf-8",
  "dashboard.css": "text/css; charset=utf-8",
  "element.js": "text/javascript; charset=utf-8",
  "format.js": "text/javascript; charset=utf-8",
  "history.js": "text/javascript; charset=utf-8",
  "hot-keys.js": "text/javascript; charset=utf-8",
  "icon.svg": "image/svg+xml",
  "key-lookup.js": "text/javascript; charset=utf-8",
  "lifecycle-panel.js": "text/javascript; charset=utf-8",
  "listener-table.js": "text/javascript; charset=utf-8",
  "log-view.js": "text/javascript; charset=utf-8",
  "main.js": "text/javascript; charset=utf-8",
  "pool-card.js": "text/javascript; charset=utf-8",
  "rates.js": "text/javascript; charset=utf-8",
  "server-columns.js": "text/javascript; charset=utf-8",
  "server-row.js": "text/javascript; charset=utf-8",
  "server-table.js": "text/javascript; charset=utf-8",
  "share-bar.js": "text/javascript; charset=utf-8",
  "sparkline.js": "text/javascript; charset=utf-8",
  "tables.css": "text/css; charset=utf-8",
  "time-chart.js": "text/javascript; charset=utf-8",
  "verdict-panel.js": "text/javascript; charset=utf-8",
  "view-options.js": "text/javascript; charset=utf-8",
  "vitals.js": "text/javascript; charset=utf-8",
};

/**
 * The page takes nothing from elsewhere, nobody frames it, and no text becomes markup or code: the browser refuses the
 * functions that would make it so.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const headers = {
  "content-security-policy": policy,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  // Another version of podmate may stand at this address tomorrow.
  "cache-control": "no-cache",
};

const page = {
  summary: "The dashboard",
  response: {
    200: {
      description: "A page.",
      content: { "text/html": { schema: text("Its files are at /dashboard/.") } },
    },
  },
};

const folder = new URL("../dashboard/", import.meta.url);

/** `/` */
export function addDashboard(server: FastifyInstance): void {
  for (const [name, type] of Object.entries(files)) {
    const path = name === "dashboard.html" ? "/" : `/dashboard/${name}`;
    const schema = path === "/" ? page : { hide: true };
    server.get(path, { schema }, async (_request, reply) =>
      reply
        .headers(headers)
        .type(type)
        .send(await readFile(new URL(name, folder))),
    );
  }
}
