import {
  absent,
  endpoint,
  filePath,
  filePathAllowed,
  listOf,
  section,
  shorthand,
  text,
  typed,
} from "./schema-terms.ts";

const places = "`host:port`, `[ipv6]:port`, `:port` or `unix:/path`";

const remote = shorthand(
  "token_file",
  section({
    token_file: text(filePath, filePathAllowed, {
      description:
        "File with the bearer token, of 16 characters or more; several, one a line, while they are exchanged. It is read at each change, so a new token counts at once.",
    }),
  }),
);

/** The section `admin`. */
export const admin = section(
  {
    listen: endpoint("listen", {
      description: `Where the management interface listens: ${places}. Only a restart changes it.`,
      default: "127.0.0.1:9901",
    }),
    probes: typed<string | null>({
      ...endpoint("listen", {
        description: `A second listener, as for the pod's own address, that serves probes and \`/metrics\` and nothing else: ${places}. If absent, there is none. Only a restart changes it.`,
      }),
      default: null,
    }),
    remote: absent(remote, {
      description:
        "Takes changes also from elsewhere than loopback, from those who have the token. If absent, nobody else may change anything.",
    }),
    hosts: listOf(
      text(/^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/, "a host name", {
        description: "A host name.",
      }),
      {
        description:
          "Names under which the management interface is reached, besides IP addresses and `localhost`, such as that of a Service. Requests for any other name are refused unless they carry the token, for a web page may have sent them (DNS rebinding); probes and `/metrics` are not.",
        default: [],
      },
    ),
  },
  { description: "The management interface.", default: {} },
);
