import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";

interface Answered {
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
}

/** What the document says of a method at a path. */
export interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly summary?: string;
  readonly security?: readonly object[];
  readonly responses: Readonly<Record<string, Answered>>;
}

/** `/openapi.json`, to compare real answers with. */
export class OpenapiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly #ajv = new Ajv2020({ strict: false });
  readonly #compiled = new Map<object, ValidateFunction>();

  constructor(document: unknown) {
    this.paths = (document as Pick<OpenapiDocument, "paths">).paths;
  }

  /** All operations, as `get /pools/{pool}`. */
  get operations(): readonly (readonly [name: string, operation: Operation])[] {
    return Object.entries(this.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [`${method} ${path}`, operation] as const),
    );
  }

  /** What is wrong with an answer to `get /pools/{pool}`; empty if it is as described. */
  errorsOf(name: string, answer: { status: number; type: string; text: string }): string {
    const [method = "", path = ""] = name.split(" ");
    const operation = this.paths[path]?.[method];
    if (operation === undefined) return "is not described";
    const { status, type, text } = answer;
    const described = operation.responses[status] ?? operation.responses["default"];
    if (described === undefined) return `answers ${status}`;
    if (status === 204) return text === "" ? "" : "says something";
    const plainType = type.split(";")[0]!.trim();
    const schema = described.content?.[plainType]?.schema;
    if (schema === undefined) return `answers ${status} as ${plainType}`;
    if (!plainType.endsWith("json")) return "";
    let validate = this.#compiled.get(schema);
    if (validate === undefined) {
      validate = this.#ajv.compile(schema);
      this.#compiled.set(schema, validate);
    }
    return validate(JSON.parse(text)) ? "" : this.#ajv.errorsText(validate.errors);
  }
}
