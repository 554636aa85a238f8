const FIRST_MS = 500;
const CAP_MS = 60_000;

/**
 * Wait before the next try after this many failures in a row (from 1): 0.5 s doubling to 60 s, the upper half
 * of it random. Lambda documents no figures; these agree with 8 invocations seen within a record age of 60 s.
 */
export function backoffMs(failures: number, random: () => number): number {
  const wait = Math.min(CAP_MS, FIRST_MS * 2 ** (failures - 1));
  return wait / 2 + (wait / 2) * random();
}
