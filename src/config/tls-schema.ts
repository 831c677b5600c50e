import { filePath, filePathAllowed, optionalText, section, text } from "./schema-terms.ts";

/** TLS towards the app. */
export const serverTls = section({
  cert: text(filePath, filePathAllowed, { description: "PEM file with the certificate and its chain." }),
  key: text(filePath, filePathAllowed, { description: "PEM file with the private key." }),
  client_ca: optionalText(filePath, filePathAllowed, {
    description: "PEM file with the authority of client certificates; if given, a client must present one.",
  }),
});
