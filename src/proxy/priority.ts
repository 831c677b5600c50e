/** Whose requests are refused first when podmate is short of something, from the first to the last. */
export const priorities = ["low", "normal", "high"] as const;
export type Priority = (typeof priorities)[number];

/** Share of a limit from which on requests of a priority are refused. */
export const shedFrom: Readonly<Record<Priority, number>> = { low: 0.75, normal: 0.9, high: 1 };
