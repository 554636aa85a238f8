import type { Clock } from '../../shared/base/clock.ts';
import { describeFd, isNonBlocking, makeBlocking, reopenPipe } from '../base/descriptors.ts';
import { readFd } from '../base/read-fd.ts';
import { pipeSource, type Source, streamSource } from './source.ts';

/** Our own stdin, which others may read before and after us. */
export interface Stdin {
  readonly source: Source;
  /** Leaves it as it was found. */
  readonly release: () => void;
}

export function openStdin(clock: Pick<Clock, 'monotonic' | 'after'>): Stdin {
  const descriptor = describeFd(0);
  const { kind } = descriptor;
  if (kind !== 'pipe' && kind !== 'socket') return left(streamSource(process.stdin));
  const ownFd = reopenPipe(descriptor, 'read');
  if (ownFd !== undefined) return left(pipeSource(ownFd, clock));
  return isNonBlocking(0) ? left(pipeSource(0, clock)) : putBack(clock);
}

function left(source: Source): Stdin {
  return { source, release: () => {} };
}

function putBack(clock: Pick<Clock, 'monotonic' | 'after'>): Stdin {
  let release = (): void => {};
  const source = pipeSource(0, clock, (...from) => {
    const socket = readFd(...from);
    release = () => makeBlocking(socket);
    // Afterwards it is closed.
    socket.once('end', release);
    return socket;
  });
  return { source, release: () => release() };
}
