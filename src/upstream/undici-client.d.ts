/** The part of undici 7.30 that talks HTTP over one connection, without the rest of the package. */
declare module "undici/lib/dispatcher/client.js" {
  export { Client as default } from "undici";
}
