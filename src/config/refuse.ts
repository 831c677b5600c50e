import type { Path } from "./config-error.ts";

/** Takes one refusal: the setting concerned, and a sentence without a full stop. */
export type Refuse = (path: Path, message: string) => void;

/** Refuses a reference to a pool that does not exist. What is undefined or null is let pass. */
export type CheckPoolExists = (name: string | null | undefined, path: Path) => void;
