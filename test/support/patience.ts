/**
 * Longest that a test waits for what must come, in ms. Only a test that fails waits for so long: a machine with much to do
 * may let a process rest for seconds, and that is no failure.
 */
export const patience = 60_000;

/** Settings of a pool, as they stand in a configuration, for servers that such a machine delays. */
export const patientPool = "timeout: 60s, connect_timeout: 60s";
