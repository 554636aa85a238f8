import type { Level } from '../level/words/levels.ts';
import type { Line } from './contract.ts';

/**
 * Remembers what an encoder makes of the fields that lines read together share, once for each level: to put it
 * together anew would cost more than all else about a line but its text. `make` may look at all of a line but its
 * text and its number.
 */
export class FieldCache<T> {
  private readonly make: (line: Line) => T;
  private workerId: string | undefined = undefined;
  private stream: Line['stream'] | undefined = undefined;
  private timeMs = Number.NaN;
  private originalTimeMs: number | undefined = undefined;
  private ofLevel: Partial<Record<Level, T>> = {};

  constructor(make: (line: Line) => T) {
    this.make = make;
  }

  of(line: Line): T {
    const { workerId, stream, timeMs, originalTimeMs, level } = line;
    if (
      timeMs !== this.timeMs ||
      stream !== this.stream ||
      workerId !== this.workerId ||
      originalTimeMs !== this.originalTimeMs
    ) {
      this.workerId = workerId;
      this.stream = stream;
      this.timeMs = timeMs;
      this.originalTimeMs = originalTimeMs;
      this.ofLevel = {};
    }
    return (this.ofLevel[level] ??= this.make(line));
  }
}
