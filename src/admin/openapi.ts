import type { FastifyDynamicSwaggerOptions } from "@fastify/swagger";
import { probePaths } from "./probe-paths.ts";
import { problemAnswers } from "./problem-answers.ts";

/** Callers on loopback may do without. */
const security = [{}, { bearer: [] }];

const description =
  "The management interface of podmate. A method that a path does not take is answered 405, and `Allow` names those it takes; what takes GET takes HEAD.";

/** How the routes become the OpenAPI document. `version` is podmate's. */
export function openapiOptions(version: string): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: "3.1.0",
      info: { title: "podmate", description, version },
      components: {
        securitySchemes: {
          bearer: { type: "http", scheme: "bearer", description: "One of the tokens of `admin.remote`." },
        },
      },
    },
    transform({ schema, url, route }) {
      const isGuarded = !["GET", "HEAD"].includes(String(route.method)) || route.config?.guarded === true;
      const { params, response, ...rest } = schema as Described;
      const described = {
        ...rest,
        ...(params && { params: named(params) }),
        response: { ...response, default: problemAnswers },
        tags: [url.split("/")[1] || "dashboard"],
        ...(isGuarded && { security }),
      };
      return { schema: described, url: url.replace("*", ":path") };
    },
    // Answered before these routes are asked, and so without them.
    transformObject: (document) => {
      if (!("openapiObject" in document)) throw new Error("the document is none of OpenAPI");
      const { openapiObject } = document;
      return { ...openapiObject, paths: { ...probePaths, ...openapiObject.paths } };
    },
  };
}

interface Described {
  readonly params?: { readonly properties: Readonly<Record<string, unknown>> };
  readonly response?: object;
}

/** OpenAPI wants a name for what a `*` stands for. */
function named(params: NonNullable<Described["params"]>): object {
  const { "*": rest, ...properties } = params.properties;
  if (rest === undefined) return params;
  return { ...params, properties: { ...properties, path: rest }, required: ["path"] };
}
