import type { Clock } from '../../shared/base/clock.ts';

/** What a mapping needs of time and randomness. */
export type MappingClock = Pick<Clock, 'now' | 'sleep' | 'random'>;
