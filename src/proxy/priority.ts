/** Whose requests are refused first when podmate is short of something, from the first to the last. */
export const priorities = ["low", "normal", "high"] as const;
export type Priority = (typeof priorities)[number];
