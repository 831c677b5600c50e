/** The part of a tap test that the tools here need to clean up after themselves. */
export interface Teardown {
  teardown(run: () => unknown): void;
}
