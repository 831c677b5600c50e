/**
 * How a server can be, in the words that everybody is shown: `connecting` has not answered yet, `unreachable` has never
 * answered, `failing` fails, and stays in service. Requests go to these as to `ready` ones.
 */
export const serverStates = ["ready", "connecting", "unreachable", "failing", "ejected", "draining"] as const;
export type ServerStateName = (typeof serverStates)[number];

/** Whether requests go to a server of that state: it neither drains nor is ejected. */
export function inService(state: ServerStateName): boolean {
  return state !== "draining" && state !== "ejected";
}
