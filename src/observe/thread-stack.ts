import type { Session } from "node:inspector";
import type { Clock } from "../core/clock.ts";

interface CallFrame {
  readonly functionName: string;
  readonly location: {
    readonly scriptId: string;
    readonly lineNumber: number;
    readonly columnNumber: number;
  };
}

/** What a worker's inspector says of its own accord, as far as it is wanted here. */
type Told =
  | { readonly method: "Debugger.scriptParsed"; readonly params: { scriptId: string; url: string } }
  | { readonly method: "Debugger.paused"; readonly params: { callFrames: readonly CallFrame[] } }
  | { readonly method?: undefined };

/**
 * What a worker thread of this process is doing: the innermost frames of its stack, the innermost first, as
 * `name (url:line:column)`. It works for a thread that never returns to its event loop: V8 looks for interrupts within
 * loops, and so for what its inspector is told. Called from the main thread only. Null if there is no answer within
 * `patience` ms, as from a thread that is in a call of the system or in native code. The thread goes on when this resolves.
 */
export async function threadStack(
  threadId: number,
  patience: number,
  clock: Clock,
): Promise<readonly string[] | null> {
  const { Session } = await import("node:inspector");
  const session = new Session();
  const { promise, resolve } = Promise.withResolvers<readonly string[] | null>();
  const cancel = clock.after(patience, () => resolve(null));
  const urls = new Map<string, string>();
  let asked: string | null = null;
  try {
    session.connect();
    session.on("NodeWorker.attachedToWorker", ({ params }) => {
      // The protocol's own numbers of workers are others; the thread's is in the title (Node 26, src/node_worker.cc).
      if (!params.workerInfo.title.startsWith(`[worker ${threadId}]`)) return;
      asked = params.sessionId;
      tell(session, asked, "Debugger.enable");
      tell(session, asked, "Debugger.pause");
    });
    session.on("NodeWorker.receivedMessageFromWorker", ({ params }) => {
      if (params.sessionId !== asked) return;
      const told = JSON.parse(params.message) as Told;
      if (told.method === "Debugger.scriptParsed") urls.set(told.params.scriptId, told.params.url);
      if (told.method !== "Debugger.paused") return;
      // A thread that is paused cannot be ended.
      tell(session, asked, "Debugger.disable");
      resolve(told.params.callFrames.map((frame) => describe(frame, urls)));
    });
    session.post("NodeWorker.enable", { waitForDebuggerOnStart: false }, (error) => error && resolve(null));
    return await promise;
  } catch {
    // A build of Node without inspector.
    return null;
  } finally {
    cancel();
    session.disconnect();
  }
}

let lastId = 0;

function tell(session: Session, sessionId: string, method: string): void {
  const message = JSON.stringify({ id: ++lastId, method });
  session.post("NodeWorker.sendMessageToWorker", { sessionId, message });
}

function describe({ functionName, location }: CallFrame, urls: ReadonlyMap<string, string>): string {
  const { scriptId, lineNumber, columnNumber } = location;
  const place = `${urls.get(scriptId) ?? ""}:${lineNumber + 1}:${columnNumber + 1}`;
  return functionName === "" ? place : `${functionName} (${place})`;
}
