import {
  type ChannelCredentials,
  Client,
  type ClientOptions,
  credentials,
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceError,
  type sendUnaryData,
  status,
} from "@grpc/grpc-js";
import type { Address } from "../../src/core/address.ts";
import type { Teardown } from "./teardown.ts";

/** A service without a schema: messages are bytes. */
const asBytes = (value: Buffer) => value;
const method = (name: string, requestStream: boolean, responseStream: boolean) => ({
  path: `/test.Echo/${name}`,
  requestStream,
  responseStream,
  requestSerialize: asBytes,
  requestDeserialize: asBytes,
  responseSerialize: asBytes,
  responseDeserialize: asBytes,
});

const service = {
  unary: method("Unary", false, false),
  collect: method("Collect", true, false),
  repeat: method("Repeat", false, true),
  chat: method("Chat", true, true),
  fail: method("Fail", false, false),
  failLate: method("FailLate", false, true),
  hang: method("Hang", false, false),
};
type Method = keyof typeof service;

const implementation = {
  /** Answers with the request; metadata `echo` goes into the head and into the trailers. */
  unary(call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>) {
    const values = call.metadata.get("echo");
    const head = new Metadata();
    const trailers = new Metadata();
    for (const value of values) {
      head.add("echo-head", value);
      trailers.add("echo-trailer", value);
    }
    trailers.set("blob-bin", Buffer.from([0, 255, 1]));
    call.sendMetadata(head);
    callback(null, call.request, trailers);
  },
  /** Answers with all requests in one. */
  collect(call: ServerReadableStream<Buffer, Buffer>, callback: sendUnaryData<Buffer>) {
    const parts: Buffer[] = [];
    call.on("data", (part: Buffer) => parts.push(part));
    call.on("end", () => callback(null, Buffer.concat(parts)));
  },
  /** Answers 50 times. */
  repeat(call: ServerWritableStream<Buffer, Buffer>) {
    for (let i = 0; i < 50; i++) call.write(Buffer.concat([call.request, Buffer.from(String(i))]));
    call.end();
  },
  /** Answers each request at once. */
  chat(call: ServerDuplexStream<Buffer, Buffer>) {
    call.on("data", (part: Buffer) => call.write(part));
    call.on("end", () => call.end());
  },
  fail(_: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>) {
    const metadata = new Metadata();
    metadata.set("why", "because");
    callback({ code: status.NOT_FOUND, details: "no such thing: 100 %", metadata });
  },
  failLate(call: ServerWritableStream<Buffer, Buffer>) {
    call.write(Buffer.from("one"));
    call.emit("error", { code: status.DATA_LOSS, details: "lost" });
  },
  hang() {},
};

export type GrpcAnswer =
  | {
      readonly ok: true;
      readonly messages: Buffer[];
      readonly head: Metadata | null;
      readonly trailers: Metadata;
    }
  | { readonly ok: false; readonly messages: Buffer[]; readonly error: ServiceError };

/** A server of gRPC; resolves with where it listens. */
export async function startGrpcServer(
  t: Teardown,
  access: ServerCredentials = ServerCredentials.createInsecure(),
): Promise<Address> {
  const server = new Server({ "grpc.max_receive_message_length": -1 });
  server.addService(service, implementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", access, (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  t.teardown(() => server.forceShutdown());
  return { host: "127.0.0.1", port };
}

/** A client of that service. */
export class GrpcClient {
  readonly #client: Client;

  constructor(
    t: Teardown,
    { host, port }: { readonly host: string; readonly port: number },
    access: ChannelCredentials = credentials.createInsecure(),
    options: ClientOptions = {},
  ) {
    const large = { "grpc.max_receive_message_length": -1, "grpc.enable_retries": 0 };
    this.#client = new Client(`${host}:${port}`, access, { ...large, ...options });
    t.teardown(() => this.#client.close());
  }

  /** One request, or several where the method takes a stream; resolves with all that came. */
  call(
    name: Method,
    requests: readonly Buffer[],
    { metadata = new Metadata(), deadline }: { readonly metadata?: Metadata; readonly deadline?: Date } = {},
  ): Promise<GrpcAnswer> {
    const { path, requestStream } = service[name];
    const options = deadline === undefined ? {} : { deadline };
    // On the wire every method is a stream both ways.
    const call = this.#client.makeBidiStreamRequest<Buffer, Buffer>(
      path,
      asBytes,
      asBytes,
      metadata,
      options,
    );
    const messages: Buffer[] = [];
    let head: Metadata | null = null;
    call.on("metadata", (came) => {
      head = came;
    });
    call.on("data", (message: Buffer) => messages.push(message));
    for (const request of requests) call.write(request);
    if (requestStream || requests.length > 0) call.end();
    return new Promise((resolve) => {
      call.on("error", (error: ServiceError) => resolve({ ok: false, messages, error }));
      call.on("status", ({ code, metadata: trailers }) => {
        if (code === status.OK) resolve({ ok: true, messages, head, trailers });
      });
    });
  }

  /** A stream both ways that the test writes to. */
  chat() {
    return this.#client.makeBidiStreamRequest<Buffer, Buffer>(service.chat.path, asBytes, asBytes);
  }
}
