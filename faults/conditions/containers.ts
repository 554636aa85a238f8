import type { Stage } from '../stage/stage.ts';
import { until } from '../stage/watch.ts';

export function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) process.kill(pid, name);
}

/** Ends all idle containers: the next event of each function meets a cold one, which remembers nothing. */
export async function replaceContainers({ twin }: Stage): Promise<void> {
  const pids = (): number[] => twin.drains.flatMap((drain) => drain.function.pids());
  signal(pids(), 'SIGKILL');
  await until(() => pids().length === 0);
}
