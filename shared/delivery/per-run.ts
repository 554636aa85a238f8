import type { Level } from '../level/levels.ts';
import type { Line } from './destination.ts';

/**
 * Remembers what an encoder makes of the fields that lines read together share, once for each level: to put it
 * together anew would cost more than all else about a line but its text. `make` may look at all of a line but its
 * text and its number.
 */
export function perRun<T>(make: (line: Line) => T): (line: Line) => T {
  let workerId: string | undefined;
  let stream: Line['stream'] | undefined;
  let timeMs: number | undefined;
  let originalTimeMs: number | undefined;
  let ofLevel: Partial<Record<Level, T>> = {};
  return (line) => {
    if (
      line.timeMs !== timeMs ||
      line.stream !== stream ||
      line.workerId !== workerId ||
      line.originalTimeMs !== originalTimeMs
    ) {
      ({ workerId, stream, timeMs, originalTimeMs } = line);
      ofLevel = {};
    }
    return (ofLevel[line.level] ??= make(line));
  };
}
