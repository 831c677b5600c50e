import type { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply } from "fastify";
import { type Answer, count, decimal, flag, list, maybe, object, text } from "../answer-terms.ts";

const us = (what: string) => count(`${what}, in µs.`);

const loopDelayView = object({
  thread: text("`main` or `worker-N`."),
  samples: count("How often it was asked."),
  delay_min_us: us("Least time that an event had to wait"),
  delay_mean_us: us("Mean of it"),
  delay_p50_us: us("Median of it"),
  delay_p99_us: us("99th percentile of it"),
  delay_max_us: us("Longest"),
  utilization: decimal("Share of the time in which the thread worked, from 0 to 1.", {
    minimum: 0,
    maximum: 1,
  }),
});

/** How late a thread's event loop was. */
export type LoopDelayView = Answer<typeof loopDelayView>;

/** What is asked of a profile. */
export interface ProfileRequest {
  /** `main` or `worker-N`. */
  readonly thread: string;
  /** How long it is taken, in s. */
  readonly seconds: number;
}

/**
 * What is asked about the inside of threads. One question at a time: everything throws a Problem where another one is
 * being answered, or there is no such thread. What `signal` aborts ends early, without an answer that means anything.
 */
export interface DebugApi {
  /** CPU profile, `hz` samples a second, in pprof's format (gzipped). */
  cpuProfile(request: ProfileRequest & { readonly hz: number }, signal: AbortSignal): Promise<Uint8Array>;
  /** What was allocated and is still there; with `collected`, all that was allocated. In pprof's format (gzipped). */
  heapProfile(
    request: ProfileRequest & { readonly collected: boolean },
    signal: AbortSignal,
  ): Promise<Uint8Array>;
  /** V8's own format. */
  heapSnapshot(thread: string): Promise<Readable>;
  eventLoops(seconds: number, signal: AbortSignal): Promise<readonly LoopDelayView[]>;
}

/** Longest profile, in s. */
const longestProfile = 300;

const thread = maybe(text("Which thread: `main`, or `worker-0` and so on.", { default: "main" }));
const seconds = (usual: number) =>
  maybe(count("How long, in seconds.", { minimum: 1, maximum: longestProfile, default: usual }));
const cpuQuery = object({
  thread,
  seconds: seconds(30),
  hz: maybe(count("Samples a second.", { minimum: 1, maximum: 1_000, default: 100 })),
});
const heapQuery = object({
  thread,
  seconds: seconds(10),
  collected: maybe(flag("Whether what was collected meanwhile counts, too.")),
});
const pprofAnswer = {
  200: {
    description: "A profile.proto, gzipped, for `go tool pprof`.",
    content: { "application/octet-stream": { schema: text("Bytes.", { format: "binary" }) } },
  },
};
const guarded = { guarded: true };

/** `/debug/*`: costs the thread that is looked at something, and so is guarded as changes are. */
export function addDebug(server: FastifyInstance, api: DebugApi): void {
  const running = new Set<AbortController>();

  /** A signal that says that nobody waits any more: the client has gone, or the daemon ends. */
  function attended(reply: FastifyReply): AbortSignal {
    const controller = new AbortController();
    running.add(controller);
    reply.raw.once("close", () => {
      running.delete(controller);
      controller.abort();
    });
    return controller.signal;
  }

  server.addHook("preClose", async () => {
    for (const controller of running) controller.abort();
  });
  server.get<{ Querystring: Answer<typeof cpuQuery> }>(
    "/debug/pprof/profile",
    {
      config: guarded,
      schema: {
        summary: "CPU profile of a thread",
        description: "Answers when the seconds are over.",
        querystring: cpuQuery,
        response: pprofAnswer,
      },
    },
    async ({ query: { thread = "main", seconds = 30, hz = 100 } }, reply) => {
      const profile = await api.cpuProfile({ thread, seconds, hz }, attended(reply));
      return sendFile(reply, profile, `podmate-${thread}-cpu.pb.gz`);
    },
  );
  server.get<{ Querystring: Answer<typeof heapQuery> }>(
    "/debug/pprof/heap",
    {
      config: guarded,
      schema: {
        summary: "Heap profile of a thread: what was allocated while it was looked at",
        querystring: heapQuery,
        response: pprofAnswer,
      },
    },
    async ({ query: { thread = "main", seconds = 10, collected = false } }, reply) => {
      const profile = await api.heapProfile({ thread, seconds, collected }, attended(reply));
      return sendFile(reply, profile, `podmate-${thread}-heap.pb.gz`);
    },
  );
  server.get<{ Querystring: { thread?: string } }>(
    "/debug/heap-snapshot",
    {
      config: guarded,
      schema: {
        summary: "All that is on the heap of a thread, for the browser's developer tools",
        description: "The thread stands still for as long as it takes.",
        querystring: object({ thread }),
        response: {
          200: {
            description: "A .heapsnapshot file.",
            content: { "application/octet-stream": { schema: text("JSON in V8's format.") } },
          },
        },
      },
    },
    async ({ query: { thread = "main" } }, reply) =>
      sendFile(reply, await api.heapSnapshot(thread), `podmate-${thread}.heapsnapshot`),
  );
  server.get<{ Querystring: { seconds?: number } }>(
    "/debug/event-loop",
    {
      config: guarded,
      schema: {
        summary: "How late the event loop of each thread is",
        querystring: object({ seconds: seconds(1) }),
        response: { 200: object({ threads: list(loopDelayView, "The main thread, then the workers.") }) },
      },
    },
    async ({ query: { seconds = 1 } }, reply) => ({
      threads: await api.eventLoops(seconds, attended(reply)),
    }),
  );
}

function sendFile(reply: FastifyReply, content: Uint8Array | Readable, name: string): FastifyReply {
  return reply
    .type("application/octet-stream")
    .header("content-disposition", `attachment; filename="${name}"`)
    .send(content);
}
