/** The part of prom-client 15.1 that writes the text of a scrape, without the rest of the package. */
declare module "prom-client/lib/registry.js" {
  export { Registry as default } from "prom-client";
}
