import { describe } from 'vitest';
import { playAll } from '../../faults/play.ts';
import { LIMIT_FAULTS } from '../../faults/rows/functions-limits.ts';

describe('faults at the functions: limits', () => {
  playAll(LIMIT_FAULTS);
});
