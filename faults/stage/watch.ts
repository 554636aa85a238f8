import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

const LOOK_EVERY_MS = 5;

/** Resolves when the test holds; whoever runs the row sees to it that this does not take for ever. */
export async function until(test: () => boolean): Promise<void> {
  while (!test()) await wait(LOOK_EVERY_MS);
}

/** Resolves when the file is there. */
export function exists(file: string): Promise<void> {
  return until(() => existsSync(file));
}

/** Whether there is a process with this id. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
