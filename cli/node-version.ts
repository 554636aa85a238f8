/** By major version, the first minor one that has all that we use; before the first there is none. */
const FIRST_MINORS: Readonly<Record<number, number>> = { 20: 19, 21: Number.POSITIVE_INFINITY, 22: 3 };
const OLDEST_MAJOR = 20;

/** One line on a version of Node that we do not run on, as `process.versions.node` has it; undefined for all others. */
export function nodeProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isGood = major >= OLDEST_MAJOR && minor >= (FIRST_MINORS[major] || 0);
  return isGood ? undefined : `Node 20.19, or 22.3 or newer, is needed; this is ${version}`;
}
