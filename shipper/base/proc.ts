import { readFileSync } from 'node:fs';

/**
 * Whether a process has been sent a signal that it has not dealt with, or has ended but was not waited for: proc(5),
 * `SigPnd`, `ShdPnd` and `State`. Undefined where the system does not tell.
 */
export function hasSignalPending(pid: number): boolean | undefined {
  const status = readText(`/proc/${pid}/status`);
  if (status === undefined) return undefined;
  return /^State:\s*[ZX]/m.test(status) || /^S(?:ig|hd)Pnd:\s*0*[1-9a-f]/m.test(status);
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
