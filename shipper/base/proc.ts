import { readFileSync } from 'node:fs';

/**
 * Whether a signal was sent to a process that has not dealt with it, or has ended by it and was not waited for: proc(5),
 * `ShdPnd`. Undefined where the system does not tell.
 */
export function isSignalPending(pid: number, signal: number): boolean | undefined {
  const mask = /^ShdPnd:\s*([0-9a-f]+)$/m.exec(readText(`/proc/${pid}/status`) ?? '')?.[1];
  return mask === undefined ? undefined : ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n;
}

/** The id of a process's group: the fifth field of /proc/PID/stat. Undefined where the system does not tell. */
export function processGroup(pid: number): number | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  // The second field is a name in brackets, which may hold anything.
  return stat === undefined ? undefined : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
