import type { Clock } from '../../shared/base/clock.ts';
import { openStdin } from './stdin.ts';

/** Takes what is on stdin and does nothing with it, so that whoever writes it is not killed; resolves at its end. */
export async function discardInput(clock: Pick<Clock, 'monotonic' | 'after'>): Promise<void> {
  const stdin = openStdin(clock);
  await stdin.source.read(() => {});
  stdin.release();
}
