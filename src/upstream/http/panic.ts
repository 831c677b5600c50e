/** Whether so few of `members` are in service that all are used: less than `percent` of them; 0 = never. */
export function isPanic(inService: number, members: number, percent: number): boolean {
  return inService < members && 100 * inService < percent * members;
}
