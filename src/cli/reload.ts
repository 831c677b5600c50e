import { AdminClient } from "./admin-client.ts";
import { CannotGoOn } from "./cannot-go-on.ts";
import { type ExitCode, exitCode, type Invocation, type Terminal } from "./verb.ts";

/** What the daemon says about a reload; a refusal is a problem document with `detail` and `errors`. */
interface ReloadAnswer {
  readonly version?: number;
  readonly changes?: readonly string[];
  readonly detail?: string;
  readonly errors?: readonly string[];
}

/** `podmate reload` */
export async function reload(invocation: Invocation, terminal: Terminal): Promise<ExitCode> {
  const { status, body } = await new AdminClient(invocation, terminal).post("/config/reload");
  const answer = parse(body);
  if (status !== 200) {
    const errors = (answer.errors ?? []).map((error) => `${error}\n`).join("");
    const reason = answer.detail ?? `the daemon answered ${status}`;
    throw new CannotGoOn(exitCode.failed, `${errors}podmate: not reloaded: ${reason}`);
  }
  const changes = answer.changes ?? [];
  terminal.out(changes.length === 0 ? "nothing has changed\n" : `${changes.join("\n")}\n`);
  terminal.out(`version ${answer.version} is in force\n`);
  return exitCode.done;
}

function parse(body: string): ReloadAnswer {
  try {
    return JSON.parse(body) as ReloadAnswer;
  } catch {
    return {};
  }
}
